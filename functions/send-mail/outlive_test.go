package sendmail

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/events"
)

// timedTransport takes every notification and keeps for how long it might have tried.
type timedTransport struct{ timeouts []time.Duration }

func (s *timedTransport) Send(_ transport.Mail, timeout time.Duration) error {
	s.timeouts = append(s.timeouts, timeout)
	return nil
}

// TestASendNeverOutlivesItsClaim: once the claim has lapsed, another instance may take the notification up. So what is left of
// the claim bounds the send, the time that persist took to answer is taken off, and too little of it sends nothing.
func TestASendNeverOutlivesItsClaim(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left, took, timeout time.Duration // timeout 0: nothing is sent
	}{
		"more time than a send may take":      {time.Minute, 0, transport.SendTimeout},
		"less time than a send may take":      {transport.SendTimeout - 5*time.Second, 0, transport.SendTimeout - 5*time.Second},
		"persist answered late":               {transport.SendTimeout, 10 * time.Second, transport.SendTimeout - 10*time.Second},
		"just enough to begin":                {minTimeout + 2*time.Second, 2 * time.Second, minTimeout},
		"too little to begin":                 {minTimeout + time.Second, 2 * time.Second, 0},
		"persist answered after the claim":    {20 * time.Second, 30 * time.Second, 0},
		"an answer that names no time at all": {0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			now := time.Now()
			d, sink := &fakePersist{claim: claimed(nil)}, &timedTransport{}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/handover") {
					mu.Lock()
					now = now.Add(c.took)
					mu.Unlock()
					d.left = c.left
				}
				d.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			w := listening(t, d, sink)
			w.persist.Address = server.URL
			w.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
			out, err := w.handle(t.Context(), eventOf(invitation))
			if err != nil {
				t.Fatal(err)
			}
			failed, refused := payload(out).(events.MailFailed)
			switch {
			case c.timeout == 0 && (len(sink.timeouts) != 0 || !refused || failed.Cause != transport.Unrecorded):
				t.Errorf("sent with %v, said %+v", sink.timeouts, payload(out))
			case c.timeout != 0 && (len(sink.timeouts) != 1 || sink.timeouts[0] != c.timeout):
				t.Errorf("sent with %v, want %s", sink.timeouts, c.timeout)
			}
		})
	}
}
