package persist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// gather keeps every flight in the air until all who are to share one wait, and then lets it leave.
func gather(t *testing.T, f *flights, boarding ...func()) {
	t.Helper()
	eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.inAir != 0 {
			return fmt.Errorf("%d are still in the air", f.inAir)
		}
		f.inAir = flightsAtOnce
		return nil
	})
	var all sync.WaitGroup
	for _, board := range boarding {
		all.Go(board)
	}
	eventually(t, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.waiting) != len(boarding) {
			return fmt.Errorf("%d of %d wait", len(f.waiting), len(boarding))
		}
		f.inAir = 1 // the one that depart stands for
		return nil
	})
	f.depart()
	all.Wait()
}

// log is a fly that keeps who flew together and reaches no database.
type log struct{ flown [][]string }

func (l *log) fly(_ context.Context, _ caller, queue func(*pgx.Batch)) error {
	b := &pgx.Batch{}
	queue(b)
	var aboard []string
	for _, q := range b.QueuedQueries {
		aboard = append(aboard, q.SQL)
	}
	l.flown = append(l.flown, aboard)
	return nil
}

func named(name string) func(*pgx.Batch) { return func(b *pgx.Batch) { b.Queue(name) } }

func TestWhoWaitsSharesTheNextFlightInTheOrderOfKeys(t *testing.T) {
	t.Parallel()
	l := &log{}
	f := &flights{fly: l.fly}
	if err := f.board(t.Context(), "alone", named("alone")); err != nil {
		t.Fatal(err)
	}
	var boarding []func()
	for _, key := range []string{"c", "a", "b"} {
		boarding = append(boarding, func() {
			if err := f.board(context.Background(), key, named(key)); err != nil {
				t.Error(err)
			}
		})
	}
	gather(t, f, boarding...)
	want := [][]string{{"alone"}, {"a", "b", "c"}}
	if !slices.EqualFunc(l.flown, want, slices.Equal) {
		t.Errorf("flown %v, want %v", l.flown, want)
	}
	if f.inAir != 0 || len(f.waiting) != 0 {
		t.Errorf("%d in the air, %d waiting", f.inAir, len(f.waiting))
	}
}

func TestWhoGaveUpIsLeftBehind(t *testing.T) {
	t.Parallel()
	l := &log{}
	f := &flights{fly: l.fly}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	gather(t, f,
		func() {
			if err := f.board(gone, "gone", named("gone")); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		func() { _ = f.board(context.Background(), "there", named("there")) },
	)
	if want := [][]string{{"there"}}; !slices.EqualFunc(l.flown, want, slices.Equal) {
		t.Errorf("flown %v, want %v", l.flown, want)
	}
}

func TestAFlightIsNotFull(t *testing.T) {
	t.Parallel()
	l := &log{}
	f := &flights{fly: l.fly}
	boarding := make([]func(), mostAboard+1)
	for i := range boarding {
		boarding[i] = func() { _ = f.board(context.Background(), "", named("x")) }
	}
	gather(t, f, boarding...)
	if len(l.flown) != 2 || len(l.flown[0]) != mostAboard || len(l.flown[1]) != 1 {
		t.Errorf("flown %v", l.flown)
	}
}

func TestQuestionsThatShareAFlightAreAnsweredEachByItself(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.preparing()
	gather(t, r.ledger.flights,
		func() {
			if s, err := r.ledger.stand(context.Background(), r.event(v.ID, opened())); err != nil || s.contract.ID != v.ID {
				t.Errorf("read %+v, %v", s.contract, err)
			}
		},
		func() {
			_, err := r.ledger.stand(context.Background(), r.event(contract.ID(newID()), opened()))
			if !function.Refused(err) {
				t.Errorf("an unknown contract: %v, want a refusal", err)
			}
		},
	)
}

func TestCommandsThatShareAFlightAreOneTransaction(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	one, two := r.drawn(r.preparing()), r.drawn(r.preparing())
	gather(t, r.ledger.flights, r.writes(one, nil), r.writes(two, nil))
	var transactions int
	r.query(&transactions, `SELECT count(DISTINCT xmin::text) FROM history WHERE what = 'document.generated'`)
	if transactions != 1 {
		t.Errorf("two commands took %d transactions", transactions)
	}
}

// What the database refuses takes a whole transaction with it: the others are written all the same.
func TestACommandThatTheDatabaseRefusesTakesNobodyWithIt(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	good, bad := r.drawn(r.preparing()), r.drawn(r.preparing())
	bad.entry.Actor = "nobody" // which a check forbids
	gather(t, r.ledger.flights, r.writes(good, nil), r.writes(bad, func(err error) bool { return isCode(err, checkViolation, "") }))
	if r.stands(good.after.ID).Document == nil || r.stands(bad.after.ID).Document != nil {
		t.Error("the good one is not on record, or the bad one is")
	}
}

// Of two commands that were decided on the same version, the second to be written writes nothing.
func TestCommandsForOneContractInOneFlightDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.preparing()
	var won, lost atomic.Int64
	race := func(w writing) func() {
		return func() {
			err := r.ledger.write(context.Background(), w)
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, errRaced):
				lost.Add(1)
			default:
				t.Error(err)
			}
		}
	}
	gather(t, r.ledger.flights, race(r.drawn(v)), race(r.drawn(v)))
	if won.Load() != 1 || lost.Load() != 1 || r.stands(v.ID).Version != v.Version+1 {
		t.Errorf("%d won, %d lost; the contract has version %d", won.Load(), lost.Load(), r.stands(v.ID).Version)
	}
}

// drawn is what is to be written when the contract's document was drawn.
func (r *room) drawn(v persistclient.View) writing {
	r.t.Helper()
	e := r.event(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(aPDF)})
	s, err := r.ledger.stand(context.Background(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	n, err := lifecycle.Apply(s.contract, s.attempts, e.Event().Payload, r.clock.now())
	if err != nil {
		r.t.Fatal(err)
	}
	w, err := s.entryFor(e, n, r.clock.now(), r.ledger.dueAt)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// writes writes it and judges the error; without a judge there may be none.
func (r *room) writes(w writing, judge func(error) bool) func() {
	return func() {
		err := r.ledger.write(context.Background(), w)
		if judge == nil && err != nil || judge != nil && !judge(err) {
			r.t.Errorf("written with %v", err)
		}
	}
}
