package sessions

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
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
	late, cancel := timeouts.Context(t.Context(), 20*time.Second)
	defer cancel()
	for range 20 {
		select {
		case err := <-errs:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who left is told %v", err)
			}
		case <-late.Done():
			t.Fatal("who left is still waited for")
		}
	}
	close(free)
	gone.Wait()
	if err := l.do(ctx, func() { computed.Add(1) }); err == nil || computed.Load() != 0 {
		t.Errorf("%d hashes were computed for those who had gone", computed.Load())
	}
}
