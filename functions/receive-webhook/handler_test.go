package receivewebhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/clientaddr"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

const (
	ourContract   = contract.ID("aaaaaaaaaaaaaaaaaaaaaaaaaa")
	otherContract = contract.ID("bbbbbbbbbbbbbbbbbbbbbbbbbb")
	secret        = "0123456789abcdef0123456789abcdef"
	listed        = "57.130.41.150:41000"
	header        = "X-Yousign-Signature-256"
)

// seals are the keys that open: the second one is the one before the last rotation.
func seals() auth.SealKeys {
	return auth.SealKeys{{ID: "new", Key: [32]byte{1}}, {ID: "old", Key: [32]byte{2}}}
}

// sealed makes the message that goes out with a request; change makes it a wrong one.
func sealed(t testing.TB, keys auth.SealKeys, change func(*auth.Sealed)) string {
	t.Helper()
	m := auth.Sealed{SealContext: auth.SealContext{Service: "yousign", Environment: "sandbox", Slot: "main"}, Contract: ourContract, Attempt: 2}
	if change != nil {
		change(&m)
	}
	token, err := keys.Seal(m)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// published is a broker that keeps what it is told, or takes nothing.
type published struct {
	mu     sync.Mutex
	events []events.Event
	down   bool
}

func (s *published) Publish(_ context.Context, all ...events.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("the broker answered 500")
	}
	s.events = append(s.events, all...)
	return nil
}

// newTestHandler makes the handler of these tests, its broker and its log.
func newTestHandler() (handler, *published, *bytes.Buffer) {
	broker, log := &published{}, &bytes.Buffer{}
	return handler{
		service: yousign{}, slot: "main",
		address:   addressProof{listed: networks("57.130.41.144/28", "2001:db8:1::/48"), trusted: networks("10.0.0.0/8", "fd00::/8")()},
		signature: signatureProof{header: header, secrets: [][]byte{[]byte("the secret that is being replaced"), []byte(secret)}},
		token:     tokenProof{keys: seals(), environment: auth.Sandbox},
		alarm:     newUnlistedWarning(), publisher: broker, now: time.Now, log: slog.New(slog.NewJSONHandler(log, nil)),
	}, broker, log
}

func networks(all ...string) func() clientaddr.Networks {
	var n clientaddr.Networks
	for _, one := range all {
		n = append(n, netip.MustParsePrefix(one))
	}
	return func() clientaddr.Networks { return n }
}

// message is a body as Yousign sends it, personal data included.
func message(token string) []byte {
	return fmt.Appendf(nil, `{"event_id":"0b1e6c2e-8a54-4b5e-9f0b-3c5a7f1f2a10","event_name":"signature_request.done",`+
		`"event_time":"1767225600","subscription_id":"5b0f3b52","subscription_description":"orchestrator","sandbox":true,`+
		`"data":{"signature_request":{"id":"2d7f6f52-6a3b-4f2e-9a77-2f0c1d3e4f55","status":"done","external_id":%q},`+
		`"signer":{"info":{"first_name":"Ana","email":"ana@example.org"}}}}`, token)
}

// sign is the header's value, made as the service's guide says.
func sign(body []byte, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// knock sends body as the service does; change makes it something else.
func knock(h http.Handler, body []byte, change func(*http.Request)) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, delivery(body, change))
	return w
}

func delivery(body []byte, change func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/yousign/main", bytes.NewReader(body))
	r.RemoteAddr = listed
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, sign(body, secret))
	if change != nil {
		change(r)
	}
	return r
}

func TestAProvedMessageIsReported(t *testing.T) {
	t.Parallel()
	h, broker, log := newTestHandler()
	token := sealed(t, seals(), nil)
	if w := knock(h, message(token), nil); w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	e := broker.events[0]
	want := events.SignatureReported{
		Service: "yousign", Slot: "main", Request: "2d7f6f52-6a3b-4f2e-9a77-2f0c1d3e4f55", Attempt: 2,
		TokenSHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(token))),
		Delivery:    "0b1e6c2e-8a54-4b5e-9f0b-3c5a7f1f2a10", Name: "signature_request.done", Look: true,
	}
	if e.Payload != want || e.Subject != ourContract || e.Source != "receive-webhook" {
		t.Errorf("got %+v", e)
	}
	for _, secretly := range []string{token, "Ana", "ana@", "41.150", sign(message(token), secret)} {
		if strings.Contains(log.String(), secretly) {
			t.Errorf("the log says %q: %s", secretly, log)
		}
	}
}

func TestARepetitionHasTheSameID(t *testing.T) {
	t.Parallel()
	h, broker, _ := newTestHandler()
	body := message(sealed(t, seals(), nil))
	other := bytes.Replace(body, []byte("0b1e6c2e"), []byte("0b1e6c2f"), 1)
	late := bytes.Replace(body, []byte(`"status":"done"`), []byte(`"status":"x"`), 1)
	for _, b := range [][]byte{body, body, late, other} {
		knock(h, b, func(r *http.Request) { r.Header.Set("X-Yousign-Retry", "8") })
	}
	ids := make(map[string]int)
	for _, e := range broker.events {
		ids[e.ID]++
	}
	if ids[broker.events[0].ID] != 3 || len(ids) != 2 || len(broker.events[0].ID) != 26 {
		t.Errorf("got %v", ids)
	}
}

func TestWhatTheBrokerDidNotTakeIsAskedForAgain(t *testing.T) {
	t.Parallel()
	h, broker, _ := newTestHandler()
	broker.down = true
	if w := knock(h, message(sealed(t, seals(), nil)), nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("got %d", w.Code)
	}
}

func TestTheServiceHangingUpStopsNothing(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(context.Background())
	received := make(chan error, 1)
	d := handler{service: yousign{}, publisher: publisher(func(ctx context.Context) error { hangUp(); received <- ctx.Err(); return nil }),
		log: slog.New(slog.DiscardHandler)}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/yousign/main", nil)
	d.publish(httptest.NewRecorder(), r, events.Event{Payload: events.SignatureReported{}})
	if err := <-received; err != nil {
		t.Errorf("publishing ended: %v", err)
	}
}

type publisher func(context.Context) error

func (p publisher) Publish(ctx context.Context, _ ...events.Event) error { return p(ctx) }

// reading fails the test if anybody reads it.
type reading struct{ t *testing.T }

func (r reading) Read([]byte) (int, error) { r.t.Error("a stranger's body was read"); return 0, io.EOF }

// TestTheProofsAreAskedInOrder: from an address that is not listed 403 whatever the rest, with the body unread, since
// nothing here could end the reading; then 401; then 403. None says why, none has an effect.
func TestTheProofsAreAskedInOrder(t *testing.T) {
	t.Parallel()
	good := message(sealed(t, seals(), nil))
	stranger := func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1"; r.Body = io.NopCloser(reading{t}) }
	for name, c := range map[string]struct {
		body   []byte
		change func(*http.Request)
		status int
		logged string
	}{
		"stranger, all else right": {good, stranger, 403, `"proof":"address","reason":"not listed: 203.0.113.0/24","signed":true`},
		"stranger, no signature":   {good, func(r *http.Request) { stranger(r); r.Header.Del(header) }, 403, `"signed":false`},
		"stranger, GET":            {good, func(r *http.Request) { stranger(r); r.Method = "GET" }, 403, `"proof":"address"`},
		"wrong signature":          {good, func(r *http.Request) { r.Header.Set(header, sign(good, "x")) }, 401, `"proof":"signature"`},
		"wrong signature, rubbish": {[]byte("rubbish"), func(r *http.Request) { r.Header.Set(header, "x") }, 401, `"proof":"signature"`},
		"no token":                 {message(""), nil, 403, `"proof":"token","reason":"no sealed message"`},
		"another's token":          {message("k1.AAECAwQFBgcICQoL"), nil, 403, `"proof":"token"`},
		"signed rubbish":           {[]byte("rubbish"), nil, 400, `"proof":"body","reason":"not a message of Yousign"`},
		"GET":                      {good, func(r *http.Request) { r.Method = "GET" }, 405, `"proof":"method"`},
		"too long":                 {bytes.Repeat([]byte(" "), bodyLimit+1), nil, 413, `"proof":"body"`},
		"endless":                  {good, func(r *http.Request) { r.Body = io.NopCloser(endless{}); r.ContentLength = -1 }, 413, `"proof":"body"`},
		"broken off":               {good, func(r *http.Request) { r.Body = io.NopCloser(brokenOff{}) }, 400, `"proof":"body"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, broker, log := newTestHandler()
			w := knock(h, c.body, c.change)
			if w.Code != c.status || len(broker.events) != 0 {
				t.Errorf("got %d, want %d; said %v", w.Code, c.status, broker.events)
			}
			want := fmt.Sprintf("{\"title\":%q,\"status\":%d}\n", http.StatusText(c.status), c.status)
			if w.Body.String() != want {
				t.Errorf("the answer says %s", w.Body)
			}
			if !strings.Contains(log.String(), c.logged) {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
