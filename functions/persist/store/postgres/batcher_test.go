package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// gather keeps every batch back until all requests that are to share one wait, and then lets it go.
func gather(t *testing.T, f *Batcher, submits ...func()) {
	t.Helper()
	pgtest.Eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.underWay != 0 {
			return fmt.Errorf("%d are still under way", f.underWay)
		}
		f.underWay = maxBatches
		return nil
	})
	var all sync.WaitGroup
	for _, submit := range submits {
		all.Go(submit)
	}
	pgtest.Eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.waiting) != len(submits) {
			return fmt.Errorf("%d of %d wait", len(f.waiting), len(submits))
		}
		f.underWay = 1 // the one that flush sends
		return nil
	})
	f.flush()
	all.Wait()
}

// sent is a send that keeps whose statements went together and reaches no database.
type sent struct{ batches [][]string }

func (s *sent) send(_ context.Context, _ access.Caller, queue func(*pgx.Batch)) error {
	b := &pgx.Batch{}
	queue(b)
	var batch []string
	for _, q := range b.QueuedQueries {
		batch = append(batch, q.SQL)
	}
	s.batches = append(s.batches, batch)
	return nil
}

func named(name string) func(*pgx.Batch) { return func(b *pgx.Batch) { b.Queue(name) } }

func TestWaitingRequestsShareTheNextBatchInTheOrderOfKeys(t *testing.T) {
	t.Parallel()
	l := &sent{}
	f := NewBatcher(maxBatches, l.send)
	if err := f.Submit(t.Context(), "alone", named("alone")); err != nil {
		t.Fatal(err)
	}
	var submits []func()
	for _, key := range []string{"c", "a", "b"} {
		submits = append(submits, func() {
			if err := f.Submit(context.Background(), key, named(key)); err != nil {
				t.Error(err)
			}
		})
	}
	gather(t, f, submits...)
	want := [][]string{{"alone"}, {"a", "b", "c"}}
	if !slices.EqualFunc(l.batches, want, slices.Equal) {
		t.Errorf("sent %v, want %v", l.batches, want)
	}
	if f.underWay != 0 || len(f.waiting) != 0 {
		t.Errorf("%d under way, %d waiting", f.underWay, len(f.waiting))
	}
}

func TestARequestWhoseCallerGaveUpIsLeftOut(t *testing.T) {
	t.Parallel()
	l := &sent{}
	f := NewBatcher(maxBatches, l.send)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	gather(t, f,
		func() {
			if err := f.Submit(gone, "gone", named("gone")); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		func() { _ = f.Submit(context.Background(), "there", named("there")) },
	)
	if want := [][]string{{"there"}}; !slices.EqualFunc(l.batches, want, slices.Equal) {
		t.Errorf("sent %v, want %v", l.batches, want)
	}
}

func TestABatchIsBounded(t *testing.T) {
	t.Parallel()
	l := &sent{}
	f := NewBatcher(maxBatches, l.send)
	submits := make([]func(), maxBatchSize+1)
	for i := range submits {
		submits[i] = func() { _ = f.Submit(context.Background(), "", named("x")) }
	}
	gather(t, f, submits...)
	if len(l.batches) != 2 || len(l.batches[0]) != maxBatchSize || len(l.batches[1]) != 1 {
		t.Errorf("sent %v", l.batches)
	}
}
