package persist

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/schedule"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// soon is how long a contract that our own functions work on is left alone at first.
const soon = lifecycle.Soon

func tick(r *fixture) events.Verified {
	return r.verified(events.Event{ID: ids.New(), Source: "/apis/v1/namespaces/paraphe/pingsources/clock", Time: r.clock.now(), Payload: events.ClockTicked{}})
}

func TestATickPublishesDueContractsAndReschedulesThem(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	late, early := r.preparing(), r.made()
	r.clock.pass(29 * time.Second)
	if out := r.ticks(tick(r)); len(out) != 0 {
		t.Fatalf("said too early: %+v", out)
	}
	r.clock.pass(time.Second)
	e := tick(r)
	out := r.ticks(e)
	if len(out) != 1 || out[0].Subject != late.ID || out[0].Payload.Type() != "contract.due" {
		t.Fatalf("said %+v; %s is a draft", out, early.ID)
	}
	for name, again := range map[string]events.Verified{"the same tick": e, "the next": tick(r)} {
		if out := r.ticks(again); len(out) != 0 {
			t.Errorf("%s said it once more: %+v", name, out)
		}
	}
	v := r.stands(late.ID)
	if v.Backoff != 1 || !v.DueAt.Equal(r.clock.now().Add(time.Minute)) || v.Version != late.Version {
		t.Errorf("nudged %d, due %s, version %d", v.Backoff, v.DueAt, v.Version)
	}
}

// ticks returns what is published because of a tick.
func (r *fixture) ticks(e events.Verified) []events.Event {
	r.t.Helper()
	before := len(r.broker.types())
	if out, err := r.parts.Handle(context.Background(), e); err != nil || len(out) != 0 {
		r.t.Fatalf("the tick is answered with %v, %v", out, err)
	}
	r.broker.mu.Lock()
	defer r.broker.mu.Unlock()
	return slices.Clone(r.broker.published[before:])
}

func TestProgressEndsTheDoubling(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	for range 5 {
		r.clock.pass(time.Hour)
		r.ticks(tick(r))
	}
	r.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF)})
	if got := r.stands(v.ID); got.Backoff != 0 || !got.DueAt.Equal(r.clock.now().Add(soon)) {
		t.Errorf("nudged %d, due %s", got.Backoff, got.DueAt)
	}
}

func TestTwoInstancesThatTickAtOncePublishEachContractOnce(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for range 12 {
		r.preparing()
	}
	r.clock.pass(time.Minute)
	before := len(r.broker.types())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.parts.Handle(context.Background(), tick(r)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[contract.ID]int{}
	for _, e := range r.broker.published[before:] {
		seen[e.Subject]++
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

func TestATickDeletesAnswersThatNobodyCanAskForAgain(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.sent()
	var in int
	if r.query(&in, `SELECT count(*) FROM inbox`); in != 2 {
		t.Fatalf("%d answers kept", in)
	}
	r.clock.pass(29 * 24 * time.Hour)
	r.ticks(tick(r))
	if r.query(&in, `SELECT count(*) FROM inbox WHERE source NOT LIKE '/%'`); in != 2 {
		t.Errorf("%d answers kept after 29 days", in)
	}
	r.clock.pass(2 * 24 * time.Hour)
	r.ticks(tick(r))
	if r.query(&in, `SELECT count(*) FROM inbox WHERE source NOT LIKE '/%'`); in != 0 {
		t.Errorf("%d answers kept after 31 days", in)
	}
}

// One owner's thousand contracts do not keep another's one waiting, and looks at what people do keep no recovery waiting.
func TestRecoveriesComeFirstAndAreFairAmongOwners(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	const many = schedule.BatchSize + 50
	v := r.preparing()
	r.copies(v.ID, many, false)
	waiting := r.sent()
	for _, to := range []string{"s1", "s2"} {
		r.handles(waiting.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: to})
	}
	r.copies(waiting.ID, 30, true)
	other := r.account(auth.Manager, "other@example.org")
	fresh, err := other.Create(t.Context(), persistsamples.Draft(), persistclient.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Perform(t.Context(), fresh.ID, persistsamples.SendAction(fresh.Version), persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	r.parts.Scheduler.LooksPerTick = 10
	r.clock.pass(20 * time.Minute)
	out := r.ticks(tick(r))
	place := slices.IndexFunc(out, func(e events.Event) bool { return e.Subject == fresh.ID })
	if place < 0 || place >= 2*schedule.Publishers {
		t.Errorf("the other owner's contract has place %d of %d", place, len(out))
	}
	var routine, left int
	if r.query(&routine, `SELECT count(*) FROM contracts WHERE routine AND backoff > 0`); routine != 10 {
		t.Errorf("%d looks, want as many as are allowed", routine)
	}
	if r.query(&left, `SELECT count(*) FROM contracts WHERE NOT routine AND status = 'preparing' AND backoff = 0`); left != 0 {
		t.Errorf("%d recoveries were left for the next minute", left)
	}
}

// copies makes rows like a contract's, as many as nobody would make one by one.
func (r *fixture) copies(id contract.ID, n int, routine bool) {
	r.t.Helper()
	var made int
	r.query(&made, `WITH copied AS (INSERT INTO contracts (id, owner, status, version, title, template, language, data, snapshot,
			deadline, due_at, routine, head, history_seq, created_at, updated_at)
		SELECT i.id, owner, status, version, title, template, language, data, jsonb_set(snapshot, '{id}', to_jsonb(i.id)),
			deadline, due_at, $3, head, history_seq, created_at, updated_at
		FROM contracts c, LATERAL (SELECT translate(substr(md5(c.id || n), 1, 26), '0189', 'ghij') AS id FROM generate_series(1, $2) n) i
		WHERE c.id = $1 ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) FROM copied`, string(id), n, routine)
	if made != n {
		r.t.Fatalf("%d copies were made, want %d", made, n)
	}
}

func TestADueTimeOfAWrongClockIsPulledBack(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.clock.pass(24 * time.Hour) // this pod's clock is a day ahead, for a while
	v := r.preparing()
	r.clock.pass(-24 * time.Hour)
	if out := r.ticks(tick(r)); len(out) != 1 || out[0].Subject != v.ID {
		t.Errorf("said %v", out)
	}
	if got := r.stands(v.ID); got.DueAt.Sub(r.clock.now()) > time.Hour {
		t.Errorf("it is due at %s", got.DueAt)
	}
}

// What the broker does not take is due again a minute later, and nothing is counted.
func TestADueContractThatCouldNotBePublishedIsPublishedAgain(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	r.clock.pass(soon)
	r.broker.down = true
	if _, err := r.parts.Handle(context.Background(), tick(r)); err == nil {
		t.Error("the tick was taken")
	}
	r.broker.down = false
	if got := r.stands(v.ID); got.Backoff != 0 {
		t.Errorf("looked at %d times", got.Backoff)
	}
	r.clock.pass(schedule.ClaimTime)
	if out := r.ticks(tick(r)); len(out) != 1 {
		t.Errorf("said %v", out)
	}
}

func TestATickIsNotUndoneByTheCachedState(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.clock.pass(r.stands(v.ID).DueAt.Sub(r.clock.now()))
	if out := r.ticks(tick(r)); len(out) != 1 {
		t.Fatalf("the tick said %v", out)
	}
	pushed := r.stands(v.ID)
	quiet := persistsamples.Reported().(events.SignatureReported)
	quiet.Look = false
	r.handles(v.ID, quiet)
	if now := r.stands(v.ID); !now.DueAt.Equal(pushed.DueAt) || now.Backoff != pushed.Backoff || pushed.Backoff != 1 {
		t.Errorf("due %s after %d backoff, and was %s after %d", now.DueAt, now.Backoff, pushed.DueAt, pushed.Backoff)
	}
}
