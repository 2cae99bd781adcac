package persist

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// givesUp has the broker give up an event, as it gives up a signed one.
func (r *fixture) givesUp(e events.Event) {
	r.t.Helper()
	r.dies(r.deadEvent(e))
}

// lastEntry fails unless the chain of a contract's history holds, and returns its last entry.
func (r *fixture) lastEntry(id contract.ID) persistclient.Entry {
	r.t.Helper()
	entries, head, err := r.history(id)
	if err != nil {
		r.t.Fatal(err)
	}
	if end, err := history.Verify(id, entries); err != nil || end != head {
		r.t.Fatalf("the chain is broken: %v", err)
	}
	return entries[len(entries)-1]
}

func (r *fixture) causes(id contract.ID) (causes []string) {
	r.t.Helper()
	r.query(&causes, `SELECT causes FROM contracts WHERE id = $1`, string(id))
	return causes
}

func TestAnExhaustedEventIsNotedOnItsContract(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	before := r.preparing()
	e := r.unsigned(before.ID, events.GenerateDocument{Template: "service-agreement/1"})
	r.givesUp(e)
	r.givesUp(e) // the broker did not hear our answer

	v := r.stands(before.ID)
	if len(v.Troubles) != 1 || v.Version != before.Version+1 || v.Status != before.Status || v.Backoff != before.Backoff || !v.DueAt.Equal(before.DueAt) {
		t.Fatalf("the contract is %+v", v)
	}
	trouble := v.Troubles[0]
	if trouble.About != "event/document.generate" || trouble.Cause != lifecycle.CauseUndeliverable || trouble.Detail != "there is no such template" || trouble.Tries != 1 {
		t.Errorf("the trouble is %+v", trouble)
	}
	dead := r.deadLetters(admin)[0]
	if !slices.Equal(v.DeadLetters, []string{dead.ID}) || !slices.Equal(r.causes(v.ID), []string{lifecycle.CauseUndeliverable}) {
		t.Errorf("beside it stand %v, and it is listed by %v", v.DeadLetters, r.causes(v.ID))
	}
	if last := r.lastEntry(v.ID); last.What != lifecycle.CauseUndeliverable || last.Actor != "function:persist" || !strings.Contains(string(last.Detail), dead.ID) {
		t.Errorf("the history ends with %+v", last)
	}

	r.givesUp(e)
	if err := admin.ReplayDeadLetter(context.Background(), dead.ID); err != nil {
		t.Fatal(err)
	}
	if v = r.stands(v.ID); len(v.DeadLetters) != 0 || len(v.Troubles) != 1 {
		t.Errorf("once it is replayed, and nothing has followed yet: %v, %+v", v.DeadLetters, v.Troubles)
	}
	r.givesUp(e)
	if v = r.stands(v.ID); len(v.DeadLetters) != 1 || v.Troubles[0].Tries != 2 {
		t.Errorf("when it died again: %v, %+v", v.DeadLetters, v.Troubles)
	}
	r.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF), Anchors: 2})
	if v = r.stands(v.ID); v.Troubles != nil || len(r.causes(v.ID)) != 0 {
		t.Errorf("once the document is drawn: %+v", v.Troubles)
	}
}

func TestADeadLetterIsNotNotedWhereNothingWouldFollow(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	in := r.unsigned(v.ID, events.SignatureReported{Attempt: 1, Request: "req-1", TokenSHA256: history.Digest([]byte(persistsamples.Token)), Look: true})
	if _, err := r.parts.Handle(context.Background(), r.verified(r.signed(in))); err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]events.Event{
		"of a contract that is not on record": r.unsigned(contract.ID(ids.New()), events.CheckSignature{Attempt: 1}),
		"of an attempt that is over":          r.unsigned(v.ID, events.CheckSignature{Attempt: 2}),
		"about what has gone on":              r.unsigned(v.ID, events.GenerateDocument{}),
		"which persist has heard":             in,
	} {
		before := r.stands(v.ID)
		r.givesUp(e)
		if after := r.stands(v.ID); after.Troubles != nil || after.Version != before.Version {
			t.Errorf("one %s: version %d after %d, %+v", name, after.Version, before.Version, after.Troubles)
		}
	}
	var kept int
	if r.query(&kept, `SELECT count(*) FROM dead_letters`); kept != 4 {
		t.Errorf("%d of 4 are kept", kept)
	}
}

// A look that was counted stays counted when an event dies, and so does what is overdue.
func TestANotedDeadLetterLeavesWhatIsOverdueListed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.handles(v.ID, events.SignatureChecked{Attempt: 1, State: events.SignatureDone}) // the copies are not there yet
	for range 3 {
		r.clock.pass(time.Hour)
		r.ticks(tick(r))
	}
	if got := r.causes(v.ID); !slices.Contains(got, lifecycle.CauseOverdue) {
		t.Fatalf("it is listed by %v", got)
	}
	r.givesUp(r.unsigned(v.ID, events.CheckSignature{Attempt: 1}))
	if got := r.causes(v.ID); !slices.Contains(got, lifecycle.CauseOverdue) || !slices.Contains(got, lifecycle.CauseUndeliverable) {
		t.Errorf("it is listed by %v", got)
	}
	r.handles(v.ID, hint("signer.notified", false))
	if got := r.causes(v.ID); !slices.Contains(got, lifecycle.CauseOverdue) {
		t.Errorf("after a report that nothing follows from it is listed by %v", got)
	}
}
