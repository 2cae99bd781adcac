package persist

import (
	"context"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/record"
)

// soon is how long a contract that our own functions work on is left alone at first.
const soon = lifecycle.Soon

func tick(r *room) events.Verified {
	return r.believed(events.Event{ID: newID(), Source: "/apis/v1/namespaces/paraphe/pingsources/clock", Time: r.clock.now(), Payload: events.ClockTicked{}})
}

func TestATickSaysWhoseTimeHasComeAndPushesItOn(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	late, early := r.preparing(), r.made()
	r.clock.pass(29 * time.Second)
	if said := r.hearsTick(tick(r)); len(said) != 0 {
		t.Fatalf("said too early: %+v", said)
	}
	r.clock.pass(time.Second)
	e := tick(r)
	said := r.hearsTick(e)
	if len(said) != 1 || said[0].Subject != late.ID || said[0].Payload.Type() != "contract.due" {
		t.Fatalf("said %+v; %s is a draft", said, early.ID)
	}
	if again := r.hearsTick(e); len(again) != 1 || again[0].ID != said[0].ID {
		t.Errorf("the same tick again said %+v", again)
	}
	if again := r.hearsTick(tick(r)); len(again) != 0 {
		t.Errorf("the next tick said it once more: %+v", again)
	}
	v := r.stands(late.ID)
	if v.Nudges != 1 || !v.DueAt.Equal(r.clock.now().Add(time.Minute)) || v.Version != late.Version {
		t.Errorf("nudged %d, due %s, version %d", v.Nudges, v.DueAt, v.Version)
	}
}

func (r *room) hearsTick(e events.Verified) []events.Event {
	r.t.Helper()
	said, err := r.ledger.hear(context.Background(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	return said
}

func TestProgressEndsTheDoubling(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.preparing()
	for range 5 {
		r.clock.pass(time.Hour)
		r.hearsTick(tick(r))
	}
	r.hears(v.ID, events.DocumentGenerated{Document: record.DocumentOf(aPDF)})
	if got := r.stands(v.ID); got.Nudges != 0 || !got.DueAt.Equal(r.clock.now().Add(soon)) {
		t.Errorf("nudged %d, due %s", got.Nudges, got.DueAt)
	}
}

func TestTwoInstancesThatTickAtOnceSayEachContractOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for range 12 {
		r.preparing()
	}
	r.clock.pass(time.Minute)
	results := make(chan []events.Event, 4)
	for range cap(results) {
		go func() {
			said, err := r.ledger.hear(context.Background(), tick(r))
			if err != nil {
				t.Error(err)
			}
			results <- said
		}()
	}
	seen := map[contract.ID]int{}
	for range cap(results) {
		for _, e := range <-results {
			seen[e.Subject]++
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d contracts were due", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was said %d times", id, n)
		}
	}
}

func TestATickForgetsAnswersThatNobodyCanAskForAgain(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.sent()
	var heard int
	if r.query(&heard, `SELECT count(*) FROM heard`); heard != 2 {
		t.Fatalf("%d answers kept", heard)
	}
	r.clock.pass(29 * 24 * time.Hour)
	r.hearsTick(tick(r))
	if r.query(&heard, `SELECT count(*) FROM heard WHERE source NOT LIKE '/%'`); heard != 2 {
		t.Errorf("%d answers kept after 29 days", heard)
	}
	r.clock.pass(2 * 24 * time.Hour)
	r.hearsTick(tick(r))
	if r.query(&heard, `SELECT count(*) FROM heard WHERE source NOT LIKE '/%'`); heard != 0 {
		t.Errorf("%d answers kept after 31 days", heard)
	}
}
