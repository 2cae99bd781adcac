package fakeyousign

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/webhooks"
)

// receiver is where webhooks go.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	received []hook
	more     chan struct{}
}

type hook struct {
	header http.Header
	body   string
	event  webhooks.Envelope
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	rc := &receiver{status: http.StatusOK, more: make(chan struct{}, 1000)}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := hook{header: r.Header, body: string(body)}
		_ = json.Unmarshal(body, &h.event)
		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.received = append(rc.received, h)
		w.WriteHeader(rc.status)
		rc.more <- struct{}{}
	}))
	t.Cleanup(rc.Close)
	return rc
}

// wait returns the first n webhooks once they are there.
func (rc *receiver) wait(t *testing.T, n int) []hook {
	t.Helper()
	late, cancel := timeouts.Context(t.Context(), 10*time.Second)
	defer cancel()
	for {
		rc.mu.Lock()
		received := slices.Clone(rc.received)
		rc.mu.Unlock()
		if len(received) >= n {
			return received
		}
		select {
		case <-rc.more:
		case <-late.Done():
			t.Fatalf("%d webhooks came, want %d", len(received), n)
		}
	}
}

func (rc *receiver) answer(status int) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.status = status
}

// telling opens a signer that sends webhooks to rc, and runs it until the test ends or stop is called.
func telling(t *testing.T, rc *receiver, change func(*Options)) (h *fixture, stop func()) {
	t.Helper()
	h = newFixture(t, func(o *Options) {
		o.WebhookURL = rc.URL
		if change != nil {
			change(o)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return h, stop
}

// attempts waits until the first webhook of a request was tried so often, and returns what is known of it.
func (h *fixture) attempts(request string, n float64) map[string]any {
	h.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		r := h.must(200, "GET", strings.Replace(request, "/v3/", "/admin/", 1)+"/webhooks", "")
		if first := r.at(h.t, "0").(map[string]any); first["attempts"] == n {
			return first
		}
	}
	h.t.Fatalf("the webhook was not tried %v times", n)
	return nil
}

func TestEveryStepEmitsItsWebhook(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	h, _ := telling(t, rc, nil)
	_, signers := h.ongoing(plain)
	h.sign(signers[0])
	h.sign(signers[1])
	var names []string
	for _, got := range rc.wait(t, 8) {
		names = append(names, got.event.EventName)
		if got.header.Get("X-Yousign-Signature-256") != webhooks.Sign(webhookSecret, got.body) {
			t.Error("a signature does not hold")
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Yousign Webhook Bot", "X-Yousign-Retry": "0", "X-Yousign-Issued-At": "1795521600",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
			}
		}
		e := got.event
		if !e.Sandbox || e.EventTime != "1795521600" || e.SubscriptionID != webhooks.SubscriptionID || len(e.EventID) != 36 {
			t.Errorf("the envelope is %+v", e)
		}
		if token := e.Data["signature_request"].(map[string]any)["external_id"]; token != "p1.k.abc" {
			t.Errorf("external_id is %v", token)
		}
	}
	slices.Sort(names)
	want := []string{
		"signature_request.activated", "signature_request.done", "signer.done", "signer.done", "signer.link_opened",
		"signer.link_opened", "signer.notified", "signer.notified",
	}
	if !slices.Equal(names, want) {
		t.Errorf("told are %v, want %v", names, want)
	}
}

func TestEveryEndEmitsItsWebhook(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"declined": "signature_request.declined", "expired": "signature_request.expired", "canceled": "signature_request.canceled",
	} {
		rc := newReceiver(t)
		h, _ := telling(t, rc, nil)
		h.in(state)
		received := rc.wait(t, 4)
		if !slices.ContainsFunc(received, func(k hook) bool { return k.event.EventName == want }) {
			t.Errorf("%s: %s is not told", state, want)
		}
	}
}

func TestTheSignatureIsThatOfTheKnownExample(t *testing.T) {
	t.Parallel()
	const body = `{"event_id":"0b1e6c2e-8a54-4b5e-9f0b-3c5a7f1f2a10","event_name":"signature_request.done","event_time":"1767225600",` +
		`"subscription_id":"5b0f3b52-93a6-4d38-8a3b-6f6f5d0c4d11","subscription_description":"orchestrator","sandbox":true,` +
		`"data":{"signature_request":{"id":"2d7f6f52-6a3b-4f2e-9a77-2f0c1d3e4f55","status":"done","external_id":"k1.AAECAwQFBgcICQoL"}}}`
	const want = "sha256=f21e8215a85515b28383c93d531ea54333224a9264f72ee2f76d549b90a1837a"
	if got := webhooks.Sign(webhookSecret, body); got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestAWebhookIsRetriedOnScheduleAndThenGivenUp(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	rc.answer(http.StatusInternalServerError)
	h, _ := telling(t, rc, func(o *Options) { o.RetryScale = 0.5 })
	request, _ := h.draft(plain)
	h.must(201, "POST", request+"/activate", "")
	for i, wait := range webhooks.RetryDelays {
		state := h.attempts(request, float64(i+1))
		want := h.now().Add(wait / 2)
		if state["next"] != want.Format(time.RFC3339) || state["ended"] != "" {
			t.Fatalf("after attempt %d it waits until %v, want %s", i+1, state["next"], want)
		}
		h.advance(wait / 2)
	}
	if state := h.attempts(request, 9); state["ended"] != "given up" {
		t.Errorf("after nine attempts it is %v", state["ended"])
	}
	var retries, bodies []string
	for _, got := range rc.wait(t, 9) {
		if got.event.EventName == "signature_request.activated" {
			retries, bodies = append(retries, got.header.Get("X-Yousign-Retry")), append(bodies, got.body)
		}
	}
	if strings.Join(retries, "") != "012345678" || len(slices.Compact(bodies)) != 1 {
		t.Errorf("retries are %v with %d different bodies", retries, len(slices.Compact(bodies)))
	}
}

func TestARedirectCountsAsDelivered(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	rc.answer(http.StatusNotModified)
	h, _ := telling(t, rc, nil)
	request, _ := h.ongoing(plain)
	if state := h.attempts(request, 1); state["ended"] != "delivered" {
		t.Errorf("after 304 it is %v", state["ended"])
	}
}

func TestPendingWebhooksAreDeliveredAfterARestart(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t)
	rc.answer(http.StatusServiceUnavailable)
	h, stop := telling(t, rc, nil)
	request, _ := h.ongoing(plain)
	h.attempts(request, 1)
	first := rc.wait(t, 3)
	stop()
	rc.answer(http.StatusNoContent)
	again, _ := telling(t, rc, func(o *Options) { o.Dir = h.options.Dir })
	again.advance(2 * time.Minute)
	if state := again.attempts(request, 2); state["ended"] != "delivered" {
		t.Errorf("after the restart it is %v", state["ended"])
	}
	body := first[slices.IndexFunc(first, func(k hook) bool { return k.event.EventName == "signature_request.activated" })].body
	if n := len(slices.DeleteFunc(rc.wait(t, 4), func(k hook) bool { return k.body != body })); n != 2 {
		t.Errorf("the same event came %d times, want 2", n)
	}
}
