package orchestrate

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

func TestALaneIsBoundedForAllAndForEach(t *testing.T) {
	t.Parallel()
	l := newLane()
	var leaving []func()
	enter := func(network string) error {
		leave, err := l.enter(network)
		if err == nil {
			leaving = append(leaving, leave)
		}
		return err
	}
	var later function.Later
	for n := range onesPlaces {
		if err := enter("a"); err != nil {
			t.Fatalf("place %d of one network: %v", n, err)
		}
	}
	if err := enter("a"); !errors.As(err, &later) || later.After <= 0 {
		t.Errorf("one network has a place more than it may: %v", err)
	}
	for n := range lanePlaces - onesPlaces {
		if err := enter(strings.Repeat("b", n+1)); err != nil {
			t.Fatalf("another network: %v", err)
		}
	}
	if err := enter("c"); !errors.As(err, &later) {
		t.Errorf("there is a place more than there may be: %v", err)
	}
	for _, leave := range leaving {
		leave()
	}
	if err := enter("c"); err != nil || len(l.of) != 1 || l.places != 1 {
		t.Errorf("once all have left: %v, %d places of %v", err, l.places, l.of)
	}
}

// TestNothingIsComputedForWhoHasGone: they wait for their turn, leave, and cost nothing.
func TestNothingIsComputedForWhoHasGone(t *testing.T) {
	t.Parallel()
	l := newLane()
	free := make(chan struct{})
	var running, gone sync.WaitGroup
	for range hashesAtOnce {
		running.Add(1)
		gone.Go(func() { _ = l.do(t.Context(), func() { running.Done(); <-free }) })
	}
	running.Wait()
	ctx, leave := context.WithCancel(t.Context())
	var computed atomic.Int32
	errs := make(chan error, 20)
	for range 20 {
		go func() { errs <- l.do(ctx, func() { computed.Add(1) }) }()
	}
	leave()
	for range 20 {
		select {
		case err := <-errs:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who left is told %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("who left is still waited for")
		}
	}
	close(free)
	gone.Wait()
	if err := l.do(ctx, func() { computed.Add(1) }); err == nil || computed.Load() != 0 {
		t.Errorf("%d hashes were computed for those who had gone", computed.Load())
	}
}

// TestAFloodOfStrangersHoldsNobodyUpWhoIsKnown, and whoever is sent away because of it has failed at nothing.
func TestAFloodOfStrangersHoldsNobodyUpWhoIsKnown(t *testing.T) {
	t.Parallel()
	o := guarded(t)
	cookie := names.device + "=" + cookieOf(t, o.from(t, somewhere, rightLogIn, ""), names.device).Value
	for n := range lanePlaces {
		if _, err := o.api.hashing.strangers.enter(strings.Repeat("x", n+1)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		got := o.from(t, elsewhere, wrongLogIn, "")
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
			t.Fatalf("a stranger: %d", got.status)
		}
	}
	o.ledger.mu.Lock()
	if n := len(o.failures); n != 0 {
		t.Errorf("%d sources failed", n)
	}
	o.ledger.mu.Unlock()
	if got := o.from(t, somewhere, rightLogIn, cookie); got.status != http.StatusOK {
		t.Errorf("who logged in before: %d", got.status)
	}
}

// TestWhoLeavesTheQueueIsNoError and gives its place back.
func TestWhoLeavesTheQueueIsNoError(t *testing.T) {
	t.Parallel()
	o := guarded(t)
	l := o.api.hashing.strangers
	for range hashesAtOnce {
		l.running <- struct{}{}
		t.Cleanup(func() { <-l.running })
	}
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.address+"/v1/session", strings.NewReader(wrongLogIn))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	gone := make(chan error, 1)
	go func() { _, err := http.DefaultTransport.RoundTrip(r); gone <- err }()
	places := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.places }
	until(t, func() bool { return places() == 1 })
	leave()
	<-gone
	until(t, func() bool { return places() == 0 })
	until(t, func() bool { return strings.Contains(o.log.String(), "the client went away") })
	if strings.Contains(o.log.String(), `"WARN"`) {
		t.Errorf("the log says %s", o.log)
	}
}

// until waits for a condition.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to that")
		}
	}
}
