package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// recorder keeps every webhook that comes to the stack, as somebody would who can listen on the way.
type recorder struct {
	mu       sync.Mutex
	received []webhook
}

// webhook is a message of the signature service as it came.
type webhook struct {
	header http.Header
	body   []byte
}

// before is what stack.Options takes.
func (r *recorder) before(name string, address http.Handler) http.Handler {
	if name != "receive-webhook" {
		return address
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err == nil && q.Method == http.MethodPost {
			r.mu.Lock()
			r.received = append(r.received, webhook{q.Header.Clone(), body})
			r.mu.Unlock()
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		address.ServeHTTP(w, q)
	})
}

func (r *recorder) all() []webhook {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.received)
}

// recorded is a webhook as far as these tests read it.
type recorded struct {
	Name string `json:"event_name"`
	Data struct {
		Request struct {
			ID         string `json:"id"`
			ExternalID string `json:"external_id"`
		} `json:"signature_request"`
	} `json:"data"`
}

func (w webhook) read(t testing.TB) recorded {
	t.Helper()
	var m recorded
	if err := json.Unmarshal(w.body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// oneOfEach waits for webhooks about n requests and returns one about each.
func (r *recorder) oneOfEach(t testing.TB, n int) []webhook {
	t.Helper()
	found := map[string]webhook{}
	eventually(t, fmt.Sprintf("webhooks come about %d requests", n), func() bool {
		for _, w := range r.all() {
			found[w.read(t).Data.Request.ID] = w
		}
		return len(found) == n
	})
	return slices.Collect(maps.Values(found))
}

// settled waits until a webhook of this name came, the service has no other to send about that request, and nothing is
// under way in the stack. It returns the webhooks about the request.
func (r *recorder) settled(ctx context.Context, t *testing.T, o *devstack.Stack, name string) []webhook {
	t.Helper()
	var request string
	err := scenario.Await(ctx, func() bool {
		for _, w := range r.all() {
			if m := w.read(t); m.Name == name {
				request = m.Data.Request.ID
			}
		}
		return request != "" && outboxEmpty(t, o, request) && o.Broker().Pending() == 0
	})
	if err != nil {
		t.Fatalf("%s did not come, or what followed from it did not end", name)
	}
	return slices.DeleteFunc(r.all(), func(w webhook) bool { return w.read(t).Data.Request.ID != request })
}

func outboxEmpty(t *testing.T, o *devstack.Stack, request string) bool {
	t.Helper()
	var list []struct {
		Ended string `json:"ended"`
	}
	text := get(t, o.Run.Yousign+"/admin/signature_requests/"+request+"/webhooks", o.Run.SignatureKey)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, d := range list {
		if d.Ended == "" {
			return false
		}
	}
	return len(list) > 0
}

// deliver sends a webhook again and returns how it was answered.
func (w webhook) deliver(ctx context.Context, t testing.TB, o *devstack.Stack) int {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Run.Functions["receive-webhook"]+"/yousign/main", bytes.NewReader(w.body))
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header = w.header.Clone()
	answer, err := caller.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// again is the same news in a message of its own, as if the service told it anew: signed, under another id and name.
func (w webhook) again(o *devstack.Stack, id, name string) webhook {
	body := bytes.Replace(w.body, []byte(`"event_id":"`), []byte(`"event_id":"`+id), 1)
	if _, rest, found := strings.Cut(string(body), `"event_name":"`); found {
		was, _, _ := strings.Cut(rest, `"`)
		body = bytes.Replace(body, []byte(`"event_name":"`+was), []byte(`"event_name":"`+name), 1)
	}
	header := w.header.Clone()
	header.Set("X-Yousign-Signature-256", signatureOf(body, o.Run.WebhookSecret))
	return webhook{header, body}
}
