package webhooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/store"
)

// RetryDelays is how long the service waits before each retry, counted from the attempt before.
var RetryDelays = []time.Duration{
	2 * time.Minute, 6 * time.Minute, 30 * time.Minute, time.Hour, 5 * time.Hour, 18 * time.Hour, 24 * time.Hour, 48 * time.Hour,
}

// How long an attempt may take.
const (
	firstTimeout = time.Second
	retryTimeout = 10 * time.Second
)

// maxConcurrent bounds the webhooks in flight.
const maxConcurrent = 8

// pollInterval is how often the outboxes are checked even if nothing is due: tests set the clock.
const pollInterval = time.Second

// Sender delivers what the outboxes hold.
type Sender struct {
	URL        string
	Secret     string  // the key of the HMAC, as its bytes stand
	RetryScale float64 // what the waits between attempts are multiplied by
	Now        func() time.Time
	Log        *slog.Logger

	store         *store.Store
	faults        *faults.Injector
	client        *http.Client // of the usual address
	strangeClient *http.Client // of an address that is on no allow list

	mu       sync.Mutex
	inFlight map[string]bool // event ids that are being delivered
}

// NewSender completes a sender.
func NewSender(s *Sender, from *store.Store, faults *faults.Injector) *Sender {
	s.store, s.faults, s.inFlight = from, faults, map[string]bool{}
	s.client, s.strangeClient = newClient(nil), newClient(net.IPv4(127, 0, 0, 2))
	return s
}

// Run delivers webhooks and lets requests expire until ctx ends. What is pending then is delivered by the next Run,
// also of another process.
func (s *Sender) Run(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	free := make(chan struct{}, maxConcurrent)
	for {
		if err := s.store.ExpireAll(); err != nil {
			return err
		}
		for _, p := range s.due() {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
			under.Go(func() {
				defer func() { <-free }()
				s.deliver(ctx, p)
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.store.Wake:
		case <-time.After(s.untilNext()):
		}
	}
}

// due returns the deliveries to attempt now, and marks them as in flight.
func (s *Sender) due() []store.Pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []store.Pending
	now := s.Now()
	for p := range s.store.Undelivered() {
		if !now.Before(p.Next) && !s.inFlight[p.EventID] {
			s.inFlight[p.EventID] = true
			list = append(list, p)
		}
	}
	return list
}

// untilNext is how long until a delivery becomes due, at most pollInterval.
func (s *Sender) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := pollInterval
	now := s.Now()
	for p := range s.store.Undelivered() {
		if !s.inFlight[p.EventID] {
			wait = min(wait, p.Next.Sub(now))
		}
	}
	return max(wait, 0)
}

// deliver makes one attempt and stores its result. One that ctx ended does not count.
func (s *Sender) deliver(ctx context.Context, p store.Pending) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.inFlight, p.EventID)
	}()
	result := s.attempt(ctx, p)
	if ctx.Err() != nil && result == attemptFailed {
		return
	}
	err := s.store.Change(p.Request, func(r *model.Request) error {
		for _, d := range r.Outbox {
			if d.EventID == p.EventID {
				s.record(d, result)
			}
		}
		return nil
	})
	if err != nil {
		s.Log.Error("webhook: result not stored", "event", p.EventID, "error", err.Error())
	}
}

// Results of an attempt.
const (
	attemptDelivered = "delivered"
	attemptDropped   = "dropped"
	attemptHeld      = "held"
	attemptFailed    = "failed"
)

// record applies the result of an attempt: the delivery has ended, or has its next time.
func (s *Sender) record(d *model.Delivery, result string) {
	now := s.Now()
	if result == attemptHeld {
		d.Held, d.Next = true, now.Add(s.heldFor())
		return
	}
	d.Attempts++
	switch {
	case result != attemptFailed:
		d.Ended = result
	case d.Attempts > len(RetryDelays):
		d.Ended = "given up"
	default:
		d.Next = now.Add(time.Duration(float64(RetryDelays[d.Attempts-1]) * s.RetryScale))
	}
	if d.Ended != "" {
		d.Body = "" // it holds personal data and is not needed again
	}
	s.Log.Info("webhook attempted", "event", d.EventID, "name", d.Name, "attempt", d.Attempts, "result", result)
}

// post sends a body once and reports whether it was accepted: 2xx and 3xx are.
func (s *Sender) post(ctx context.Context, p store.Pending, body, signature string, client *http.Client) bool {
	timeout := firstTimeout
	if p.Attempts > 0 {
		timeout = retryTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Yousign Webhook Bot")
	r.Header.Set("X-Yousign-Signature-256", signature)
	r.Header.Set("X-Yousign-Retry", strconv.Itoa(p.Attempts))
	r.Header.Set("X-Yousign-Issued-At", strconv.FormatInt(s.Now().Unix(), 10))
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	return answer.StatusCode >= 200 && answer.StatusCode < 400
}

// newClient sends webhooks from an address. It follows two redirects; a third is an error.
func newClient(from net.IP) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = maxConcurrent
	if from != nil {
		transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext
	}
	return &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > 2 {
			return errors.New("more than two redirects")
		}
		return nil
	}}
}
