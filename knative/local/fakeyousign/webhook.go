package fakeyousign

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ladder is how long the service waits before each retry, counted from the attempt before.
var ladder = []time.Duration{
	2 * time.Minute, 6 * time.Minute, 30 * time.Minute, time.Hour, 5 * time.Hour, 18 * time.Hour, 24 * time.Hour, 48 * time.Hour,
}

// How long an attempt may take: the first one hardly anything.
const (
	firstTimeout = time.Second
	retryTimeout = 10 * time.Second
)

// senders bounds how many webhooks are under way at once.
const senders = 8

// glance is how often the outboxes are looked at even if nothing seems due: the clock may have been set.
const glance = time.Second

// Run delivers webhooks and lets requests expire until ctx ends. What is pending then is delivered by the next Run,
// also of another process.
func (s *Service) Run(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	free := make(chan struct{}, senders)
	for {
		if err := s.expireAll(); err != nil {
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
		case <-s.wake:
		case <-time.After(s.untilNext()):
		}
	}
}

// pending is a delivery with the request that it is about.
type pending struct {
	request string
	delivery
}

// due takes what has to be tried, and marks it as under way.
func (s *Service) due() []pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []pending
	now := s.o.Now()
	for _, r := range s.requests {
		for _, d := range r.Outbox {
			if d.Ended == "" && !now.Before(d.Next) && !s.inFlight[d.EventID] {
				s.inFlight[d.EventID] = true
				list = append(list, pending{request: r.ID, delivery: *d})
			}
		}
	}
	return list
}

// untilNext is how long to wait for what becomes due next, at most a glance.
func (s *Service) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := glance
	now := s.o.Now()
	for _, r := range s.requests {
		for _, d := range r.Outbox {
			if d.Ended == "" && !s.inFlight[d.EventID] {
				wait = min(wait, d.Next.Sub(now))
			}
		}
	}
	return max(wait, 0)
}

// deliver makes one attempt and notes how it went.
func (s *Service) deliver(ctx context.Context, p pending) {
	result := s.attempt(ctx, p)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inFlight, p.EventID)
	if ctx.Err() != nil && result == attemptFailed {
		return // it was cut off, so it does not count
	}
	err := s.noteLocked(p, result)
	if err != nil {
		s.o.Log.Error("a webhook's delivery could not be noted", "event", p.EventID, "error", err.Error())
	}
	s.rouse()
}

// Results of an attempt.
const (
	attemptDelivered = "delivered"
	attemptDropped   = "dropped"
	attemptHeld      = "held"
	attemptFailed    = "failed"
)

// noteLocked changes a delivery. A request that was forgotten meanwhile has nothing to be noted.
func (s *Service) noteLocked(p pending, result string) error {
	r, ok := s.requests[p.request]
	if !ok {
		return nil
	}
	r = r.clone()
	for _, d := range r.Outbox {
		if d.EventID == p.EventID {
			s.note(d, result)
		}
	}
	return s.keep(r)
}

// note writes the result of an attempt down and decides when the next one is.
func (s *Service) note(d *delivery, result string) {
	now := s.o.Now()
	if result == attemptHeld {
		d.Held, d.Next = true, now.Add(s.heldFor())
		return
	}
	d.Attempts++
	switch {
	case result != attemptFailed:
		d.Ended = result
	case d.Attempts > len(ladder):
		d.Ended = "given up"
	default:
		d.Next = now.Add(time.Duration(float64(ladder[d.Attempts-1]) * s.o.RetryScale))
	}
	if d.Ended != "" {
		d.Body = "" // it holds personal data, and nobody needs it again
	}
	s.o.Log.Info("webhook", "event", d.EventID, "name", d.Name, "attempt", d.Attempts, "result", result)
}

// post sends body once and reports whether the receiver took it: 2xx and 3xx count.
func (s *Service) post(ctx context.Context, p pending, body, signature string, client *http.Client) bool {
	timeout := firstTimeout
	if p.Attempts > 0 {
		timeout = retryTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.WebhookURL, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Yousign Webhook Bot")
	r.Header.Set("X-Yousign-Signature-256", signature)
	r.Header.Set("X-Yousign-Retry", strconv.Itoa(p.Attempts))
	r.Header.Set("X-Yousign-Issued-At", strconv.FormatInt(s.o.Now().Unix(), 10))
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	return answer.StatusCode >= 200 && answer.StatusCode < 400
}

// newCourier makes the client that webhooks are sent with. It follows two redirects; a third is an error.
func newCourier(from net.IP) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = senders
	if from != nil {
		transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext
	}
	return &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > 2 {
			return errors.New("a third redirect")
		}
		return nil
	}}
}
