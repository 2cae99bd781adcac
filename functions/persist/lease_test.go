package persist

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// drawnContract is one whose document was drawn and whose attempt is to be opened.
func (r *fixture) drawnContract() persistclient.View {
	r.t.Helper()
	v := r.preparing()
	r.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF), Anchors: 2})
	return r.stands(v.ID)
}

func (r *fixture) leases(id contract.ID, act string, seconds float64) persistclient.Lease {
	r.t.Helper()
	l, err := r.function(access.Orchestrate).LeaseAttempt(context.Background(), id, 1, persistclient.LeaseRequest{Act: act, For: seconds})
	if err != nil {
		r.t.Fatal(err)
	}
	return l
}

func TestAnAttemptIsWorkedOnByOneAtATime(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.drawnContract()
	granted := make(chan persistclient.Lease, 8)
	var all sync.WaitGroup
	for range cap(granted) {
		all.Go(func() {
			if l := r.leases(v.ID, persistclient.ActOpen, 60); l.Granted {
				granted <- l
			} else if l.Wait < 30 || l.Wait > 60 {
				t.Errorf("the others are told to wait %g seconds", l.Wait)
			}
		})
	}
	all.Wait()
	if len(granted) != 1 {
		t.Fatalf("%d leases were granted", len(granted))
	}
	first := <-granted
	if first.Begun || first.RequestID != "" || first.View.Token != persistsamples.Token || first.View.Status != contract.Preparing {
		t.Errorf("the first lease says %+v", first)
	}
	orchestrates := r.function(access.Orchestrate)
	if err := orchestrates.RecordRequest(t.Context(), v.ID, 1, first.Holder, "req-1"); err != nil {
		t.Fatal(err)
	}
	if err := orchestrates.RecordRequest(t.Context(), v.ID, 1, first.Holder, "req-2"); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("another request of the same attempt: %v", err)
	}
	if err := orchestrates.ReleaseAttempt(t.Context(), v.ID, 1, first.Holder); err != nil {
		t.Fatal(err)
	}
	second := r.leases(v.ID, persistclient.ActWithdraw, 60)
	if !second.Granted || !second.Begun || second.RequestID != "req-1" || second.Quiet > 30 {
		t.Errorf("after it was given back: %+v", second)
	}
	if err := orchestrates.RecordRequest(t.Context(), v.ID, 1, first.Holder, "req-1"); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("a note of the one who has it no more: %v", err)
	}
}

func TestALeaseThatLapsedIsTakenByTheNext(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.drawnContract()
	if l := r.leases(v.ID, persistclient.ActOpen, 0.2); !l.Granted {
		t.Fatal("not granted")
	}
	pgtest.Eventually(t, func() error { // by the database's clock
		if l := r.leases(v.ID, persistclient.ActOpen, 60); !l.Granted || !l.Begun {
			return errors.New("still another's")
		}
		return nil
	})
}

func TestAnAttemptIsOpenedOnlyWhileItsContractWaitsForThat(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	unwanted := r.drawnContract()
	if _, err := r.manager.Perform(t.Context(), unwanted.ID, persistclient.Action{Kind: lifecycle.Cancel, Version: unwanted.Version}, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]contract.ID{
		"not drawn": r.preparing().ID, "sent": r.sent().ID, "cancel wanted": unwanted.ID,
	} {
		if l := r.leases(id, persistclient.ActOpen, 60); l.Granted || l.Wait != 0 {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if l := r.leases(unwanted.ID, persistclient.ActWithdraw, 60); !l.Granted || l.Begun {
		t.Errorf("it cannot be withdrawn: %+v", l)
	}
	_, err := r.function(access.Orchestrate).LeaseAttempt(t.Context(), unwanted.ID, 7, persistclient.LeaseRequest{Act: persistclient.ActLook, For: 1})
	if !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("an attempt that nobody made: %v", err)
	}
}

func TestAnEventAboutAnAttemptReleasesItAndKeepsItsState(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.drawnContract()
	r.leases(v.ID, persistclient.ActOpen, 60)
	r.handles(v.ID, persistsamples.Opened())
	if l := r.leases(v.ID, persistclient.ActFetch, 60); !l.Granted || l.RequestID != "req-1" {
		t.Errorf("after it was opened: %+v", l)
	}
	var state string
	if r.query(&state, `SELECT state FROM attempts`); state != "open" {
		t.Errorf("it is %s", state)
	}
	r.handles(v.ID, persistsamples.Checked(events.SignatureDeclined))
	if r.query(&state, `SELECT state FROM attempts`); state != "closed" {
		t.Errorf("once it was declined it is %s", state)
	}
}

// All instances together call the service no more often than it takes: the count is a row, not memory.
func TestCallsAreCountedForAllInstances(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	const perMinute = 60 // a burst of 30
	granted := 0
	for range 20 {
		l, err := r.function(access.Orchestrate).TakeCalls(t.Context(), 3, perMinute)
		if err != nil {
			t.Fatal(err)
		}
		if granted += l.Calls; l.Calls == 0 && (l.CallsWait <= 0 || l.CallsWait > 3) {
			t.Errorf("told to wait %g seconds", l.CallsWait)
		}
	}
	if granted < 30 || granted > 36 {
		t.Errorf("%d calls were granted at once", granted)
	}
	if err := r.function(access.Orchestrate).BlockCalls(t.Context(), 120); err != nil {
		t.Fatal(err)
	}
	if l, err := r.function(access.Orchestrate).TakeCalls(t.Context(), 1, 6000); err != nil || l.Calls != 0 || l.CallsWait < 100 {
		t.Errorf("while the service wants to be left alone: %+v, %v", l, err)
	}
	v := r.drawnContract()
	l, err := r.function(access.Orchestrate).LeaseAttempt(t.Context(), v.ID, 1, persistclient.LeaseRequest{Act: persistclient.ActLook, For: 1, Calls: 2, PerMinute: 60})
	if err != nil || l.Calls != 0 || l.CallsWait < 100 || l.View.ID != v.ID {
		t.Errorf("a look meanwhile: %+v, %v", l, err)
	}
}
