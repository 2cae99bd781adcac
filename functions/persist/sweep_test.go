package persist

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ticked is what persist says at a tick about a sweep, or nil.
func (r *fixture) ticked() *events.SweepDue {
	r.t.Helper()
	out, err := r.parts.Handle(context.Background(), r.verified(events.Event{
		ID: ids.New(), Source: "/apis/v1/namespaces/paraphe/pingsources/clock", Time: r.clock.now(), Payload: events.ClockTicked{},
	}))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range out {
		if due, is := e.Payload.(events.SweepDue); is {
			return &due
		}
	}
	return nil
}

func TestASweepBeginsOnceADayAndGoesOnUntilItsEnd(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.parts.Scheduler.SweepEvery = 24 * time.Hour
	caller := r.function(access.Orchestrate)
	bring := func(page persistclient.SweptPage) error { return caller.Sweep(context.Background(), page) }
	want := func(what string, number int, cursor string) {
		t.Helper()
		got := r.ticked()
		if (got == nil) != (number == 0) || got != nil && *got != (events.SweepDue{Number: number, Cursor: cursor}) {
			t.Errorf("%s: said %+v, want number %d, cursor %q", what, got, number, cursor)
		}
	}
	want("a new record", 0, "")
	r.clock.pass(23 * time.Hour)
	want("after 23 hours", 0, "")
	r.clock.pass(time.Hour)
	want("after a day", 1, "")
	want("at once again", 0, "")
	r.clock.pass(time.Minute)
	want("nothing came of it", 1, "")
	if err := bring(persistclient.SweptPage{Number: 1, Next: "two"}); err != nil {
		t.Fatal(err)
	}
	for what, page := range map[string]persistclient.SweptPage{
		"the same page": {Number: 1, Next: "two"}, "another sweep's": {Number: 2, Cursor: "two"}, "a page further on": {Number: 1, Cursor: "three"},
	} {
		if err := bring(page); !errors.Is(err, persistclient.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	want("while it goes on", 0, "")
	r.clock.pass(time.Minute)
	want("it stalled", 1, "two")
	if err := bring(persistclient.SweptPage{Number: 1, Cursor: "two", Again: true}); err != nil {
		t.Fatal(err)
	}
	r.clock.pass(time.Minute)
	want("its cursor was not taken", 1, "")
	if err := bring(persistclient.SweptPage{Number: 1}); err != nil {
		t.Fatal(err)
	}
	r.clock.pass(23 * time.Hour)
	want("it has ended, and began 23 hours ago", 0, "")
	r.clock.pass(time.Hour)
	want("a day after it began", 2, "")
}

// swept brings a whole list of one page.
func (r *fixture) swept(requests ...persistclient.SweptRequest) {
	r.t.Helper()
	var due *events.SweepDue
	for due == nil { // the first tick of a record begins none
		r.clock.pass(25 * time.Hour)
		due = r.ticked()
	}
	if err := r.function(access.Orchestrate).Sweep(context.Background(), persistclient.SweptPage{Number: due.Number, Cursor: due.Cursor, Requests: requests}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *fixture) strayIDs(as person) string {
	r.t.Helper()
	list, err := as.StrayRequests(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	ids := []string{}
	for _, s := range list {
		if s.ExternalID != "" {
			r.t.Errorf("the sealed message of %s is shown", s.ID)
		}
		ids = append(ids, fmt.Sprintf("%s %s %t", s.Request, s.State, s.OnRecord))
	}
	return fmt.Sprint(ids)
}

func TestARequestIsStrayIfNoAttemptAccountsForIt(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.parts.Scheduler.SweepEvery = 24 * time.Hour
	admin := r.account(auth.Administrator, "admin@example.org")
	v := r.sent()
	request := func(id, token string, state events.SignatureState) persistclient.SweptRequest {
		return persistclient.SweptRequest{Request: id, ExternalID: token, Contract: v.ID, Attempt: 1, State: state, Created: persistsamples.Noon}
	}
	open, ended := request("req-1", persistsamples.Token, events.SignatureOngoing), request("gone", "p1.x.gone", events.SignatureCancelled)
	r.swept(open, ended)
	if got := r.strayIDs(admin); got != "[]" {
		t.Errorf("what is on record, and what nobody can sign: %s", got)
	}
	lost, signed := request("a", "p1.x.lost", events.SignatureOngoing), request("b", "p1.x.signed", events.SignatureDone)
	r.swept(open, ended, lost, signed)
	if got := r.strayIDs(admin); got != "[a ongoing false b done false]" {
		t.Errorf("of no attempt on record: %s", got)
	}
	if _, err := r.manager.StrayRequests(t.Context()); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a manager sees them: %v", err)
	}
	r.ended(v.ID, contract.Cancelled)
	r.parts.Contracts.Forget(v.ID)
	r.clock.pass(time.Minute)
	r.sweptNow(open)
	if got := r.strayIDs(admin); got != "[a ongoing false b done false]" {
		t.Errorf("ended a moment ago: %s", got)
	}
	r.swept(open, lost)
	if got := r.strayIDs(admin); got != "[a ongoing false req-1 ongoing true]" && got != "[req-1 ongoing true a ongoing false]" {
		t.Errorf("ended a day ago, and open there: %s", got)
	}
	r.swept()
	if got := r.strayIDs(admin); got != "[]" {
		t.Errorf("gone at the service: %s", got)
	}
}

// sweptNow brings the first page of a sweep that does not end with it.
func (r *fixture) sweptNow(requests ...persistclient.SweptRequest) {
	r.t.Helper()
	at := r.clock.now()
	r.superuserExec("UPDATE sweeps SET number = number + 1, cursor = '', ended_at = NULL, begun_at = '" + at.Format(time.RFC3339) + "'")
	var number int
	r.query(&number, "SELECT number FROM sweeps")
	if err := r.function(access.Orchestrate).Sweep(context.Background(), persistclient.SweptPage{Number: number, Next: "more", Requests: requests}); err != nil {
		r.t.Fatal(err)
	}
}

// strayA is the name of the request "a" here.
var strayA = events.DerivedID("signature", "a")

func TestAStrayIsSettledOnceAndComesBackIfItStandsOtherwise(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.parts.Scheduler.SweepEvery = 24 * time.Hour
	admin := r.account(auth.Administrator, "admin@example.org")
	caller := r.function(access.Orchestrate)
	lost := persistclient.SweptRequest{Request: "a", ExternalID: "p1.x.lost", Contract: "c", Attempt: 1, State: events.SignatureDone, Created: persistsamples.Noon}
	r.swept(lost)
	s, err := caller.StrayRequest(t.Context(), strayA)
	if shown, err := admin.StrayRequest(t.Context(), strayA); err != nil || shown.ExternalID != "" || shown.Request != "a" {
		t.Errorf("to an administrator: %+v, %v", shown, err)
	}
	if err != nil || s.ExternalID != lost.ExternalID || s.Contract != "c" || !s.SettledAt.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	for range 2 {
		if err := admin.SettleStrayRequest(t.Context(), strayA, events.SignatureDone); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = caller.StrayRequest(t.Context(), strayA); err != nil || s.SettledAt.IsZero() || r.strayIDs(admin) != "[]" {
		t.Errorf("settled: %+v, %v", s, err)
	}
	r.swept(lost)
	if got := r.strayIDs(admin); got != "[]" {
		t.Errorf("seen again as it was settled: %s", got)
	}
	lost.State = events.SignatureOngoing
	r.swept(lost)
	if got := r.strayIDs(admin); got != "[a ongoing false]" {
		t.Errorf("seen otherwise: %s", got)
	}
	if err := admin.SettleStrayRequest(t.Context(), "none", events.SignatureDone); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("one that is none: %v", err)
	}
	v := r.sent()
	r.superuserExec("UPDATE stray_requests SET external_id = '" + persistsamples.Token + "'")
	if _, err := caller.StrayRequest(t.Context(), strayA); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("one that attempt 1 of %s accounts for: %v", v.ID, err)
	}
}

// superuserExec changes the record as nothing of ours may.
func (r *fixture) superuserExec(statement string) {
	r.t.Helper()
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), statement); err != nil {
		r.t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}
