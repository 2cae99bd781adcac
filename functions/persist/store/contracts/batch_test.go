package contracts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// together makes requests share one batch: the one before them is kept under way until all of them wait.
func (f *fixture) together(submits ...func()) {
	f.t.Helper()
	busy, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	f.batcher = postgres.NewBatcher(1, func(ctx context.Context, as access.Caller, queue func(*pgx.Batch)) error {
		once.Do(func() { close(busy); <-release })
		return f.db.Batch(ctx, as, queue)
	})
	var all sync.WaitGroup
	all.Go(func() { _ = f.batcher.Submit(context.Background(), "", func(*pgx.Batch) {}) })
	<-busy
	for _, submit := range submits {
		all.Go(submit)
	}
	pgtest.Eventually(f.t, func() error {
		if n := f.batcher.Waiting(); n != len(submits) {
			return fmt.Errorf("%d of %d wait", n, len(submits))
		}
		return nil
	})
	close(release)
	all.Wait()
}

func TestReadsThatShareABatchAreAnsweredEachByItself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.preparing()
	f.together(
		func() {
			if s, err := f.read(context.Background(), event(v.ID, persistsamples.Opened())); err != nil || s.contract.ID != v.ID {
				t.Errorf("read %+v, %v", s.contract, err)
			}
		},
		func() {
			_, err := f.read(context.Background(), event(contract.ID(ids.New()), persistsamples.Opened()))
			if !function.Refused(err) {
				t.Errorf("an unknown contract: %v, want a refusal", err)
			}
		},
	)
}

func TestWritesThatShareABatchAreOneTransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, two := f.drawn(f.preparing()), f.drawn(f.preparing())
	f.together(f.writes(one, nil), f.writes(two, nil))
	var transactions int
	f.query(&transactions, `SELECT count(DISTINCT xmin::text) FROM history WHERE what = 'document.generated'`)
	if transactions != 1 {
		t.Errorf("two commands took %d transactions", transactions)
	}
}

// What the database refuses takes a whole transaction with it: the others are written all the same.
func TestAWriteThatTheDatabaseRefusesTakesNoOtherWithIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good, bad := f.drawn(f.preparing()), f.drawn(f.preparing())
	bad.entry.Actor = "nobody" // which a check forbids
	f.together(f.writes(good, nil), f.writes(bad, func(err error) bool { return sqlstate.Is(err, sqlstate.CheckViolation, "") }))
	if f.stands(good.after.ID).Document == nil || f.stands(bad.after.ID).Document != nil {
		t.Error("the good one is not on record, or the bad one is")
	}
}

// Of two commands that were decided on the same version, the second to be written writes nothing.
func TestWritesToOneContractInOneBatchDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.preparing()
	var won, lost atomic.Int64
	race := func(w update) func() {
		return func() {
			err := f.write(context.Background(), w)
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, ErrVersionConflict):
				lost.Add(1)
			default:
				t.Error(err)
			}
		}
	}
	f.together(race(f.drawn(v)), race(f.drawn(v)))
	if won.Load() != 1 || lost.Load() != 1 || f.stands(v.ID).Version != v.Version+1 {
		t.Errorf("%d won, %d lost; the contract has version %d", won.Load(), lost.Load(), f.stands(v.ID).Version)
	}
}

// drawn is what is to be written when the contract's document was drawn.
func (f *fixture) drawn(v persistclient.View) update {
	f.t.Helper()
	e := event(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF)})
	s, err := f.read(context.Background(), e)
	if err != nil {
		f.t.Fatal(err)
	}
	n, err := lifecycle.Apply(s.contract, s.attempts, e.Event().Payload, f.db.Moment())
	if err != nil {
		f.t.Fatal(err)
	}
	w, err := f.updateFor(s, e, n, f.db.Moment())
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// writes writes it and judges the error; without a judge there may be none.
func (f *fixture) writes(w update, judge func(error) bool) func() {
	return func() {
		err := f.write(context.Background(), w)
		if judge == nil && err != nil || judge != nil && !judge(err) {
			f.t.Errorf("written with %v", err)
		}
	}
}
