package persist

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const revoked = "signature.unauthorized"

// refusedKey is what is said of a contract when the signature service does not accept the key.
func refusedKey(act string) events.SignatureFailed {
	return events.SignatureFailed{Attempt: 1, Act: act, Cause: revoked, Ours: true}
}

func (r *fixture) attention(as person) map[string]persistclient.Cause {
	r.t.Helper()
	causes, err := as.Attention(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	byCause := map[string]persistclient.Cause{}
	for i, c := range causes {
		if byCause[c.Cause] = c; i > 0 && c.Since.Before(causes[i-1].Since) {
			r.t.Errorf("%s has waited longer than what stands before it", c.Cause)
		}
	}
	return byCause
}

func TestAttentionIsListedByCause(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	first, drawn := r.sent(), r.preparing()
	r.handles(first.ID, refusedKey("look"))
	r.clock.pass(time.Minute)
	second := r.sent()
	r.handles(second.ID, refusedKey("look"))
	r.handles(second.ID, events.MailRefused{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", Reason: "no such mailbox"})
	r.handles(drawn.ID, events.DocumentRefused{Reason: "no glyph"})
	other, admin := r.account(auth.Manager, "other@example.org"), r.account(auth.Administrator, "admin@example.org")
	signer := r.account(auth.Manager, "Zoe@Example.org") // who signs them, and looks after none

	for name, who := range map[string]person{"their owner": r.manager, "an administrator": admin} {
		got := r.attention(who)
		if c := got[revoked]; c.Contracts != 2 || !c.Since.Equal(persistsamples.Noon) || !c.Ours || c.Stopped != 0 || c.NextTry.IsZero() {
			t.Errorf("%s is shown %+v", name, c)
		}
		if c := got[lifecycle.CauseDocumentRefused]; c.Contracts != 1 || c.Stopped != 1 || !c.NextTry.IsZero() {
			t.Errorf("%s is shown %+v", name, c)
		}
		if c := got[lifecycle.CauseMailRefused]; c.Contracts != 1 || c.Ours || len(got) != 3 {
			t.Errorf("%s is shown %+v", name, got)
		}
	}
	for name, who := range map[string]person{"another manager": other, "a manager who signs them": signer} {
		if got := r.attention(who); len(got) != 0 {
			t.Errorf("%s is shown %+v", name, got)
		}
		page, err := who.Contracts(context.Background(), persistclient.Query{Cause: revoked})
		if err != nil || len(page.Items) != 0 {
			t.Errorf("%s is listed %d contracts of a cause, %v", name, len(page.Items), err)
		}
	}
	page, err := r.manager.Contracts(context.Background(), persistclient.Query{Cause: lifecycle.CauseMailRefused})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != second.ID {
		t.Errorf("the list of a cause is %+v, %v", page.Items, err)
	}

	r.handles(first.ID, persistsamples.Checked(events.SignatureOngoing))
	if _, err := r.manager.Perform(context.Background(), second.ID, persistclient.Action{
		Kind: lifecycle.SetAside, Version: r.stands(second.ID).Version, Cause: lifecycle.CauseMailRefused, Reason: "told by phone",
	}, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	if got := r.attention(admin); got[revoked].Contracts != 1 || len(got) != 2 {
		t.Errorf("after one has gone on and one is set aside: %+v", got)
	}
}

func TestWhatIsOverdueIsListedSinceItsLastNews(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.preparing()
	for range 3 {
		r.clock.pass(time.Hour)
		r.ticks(tick(r))
	}
	if c := r.attention(r.manager)[lifecycle.CauseOverdue]; c.Contracts != 1 || !c.Since.Equal(persistsamples.Noon) || c.NextTry.IsZero() {
		t.Errorf("%+v", c)
	}
}

func idsOf(s persistclient.Selection) (list []contract.ID) {
	for _, c := range s.Contracts {
		list = append(list, c.ID)
	}
	return list
}

func TestASelectionIsTheSameForItsKey(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	var all []contract.ID
	for range 3 {
		v := r.sent()
		r.handles(v.ID, refusedKey("look"))
		all = append(all, v.ID)
		r.clock.pass(time.Second)
	}
	once := persistclient.Idempotency{Key: "k", Digest: "d"}
	first, err := r.manager.Select(context.Background(), revoked, lifecycle.Retry, once)
	if err != nil || first.Total != 3 || !slices.Equal(idsOf(first), all) {
		t.Fatalf("%v of %v, %v", idsOf(first), all, err)
	}
	r.handles(all[0], persistsamples.Checked(events.SignatureOngoing))
	again, err := r.manager.Select(context.Background(), revoked, lifecycle.Retry, once)
	if err != nil || again.Total != 3 || !slices.Equal(idsOf(again), all) || again.Contracts[0].Version != first.Contracts[0].Version+1 {
		t.Errorf("the same key chooses %v, %v", idsOf(again), err)
	}
	if anew, err := r.manager.Select(context.Background(), revoked, lifecycle.Retry, persistclient.Idempotency{}); err != nil || anew.Total != 2 || len(anew.Contracts) != 2 {
		t.Errorf("without a key: %+v, %v", anew, err)
	}
	if _, err := r.manager.Select(context.Background(), revoked, lifecycle.Retry, persistclient.Idempotency{Key: "k", Digest: "other"}); !errors.Is(err, persistclient.ErrReused) {
		t.Errorf("the key with another request: %v", err)
	}
	other := r.account(auth.Manager, "other@example.org")
	if theirs, err := other.Select(context.Background(), revoked, lifecycle.Retry, once); err != nil || theirs.Total != 0 || len(theirs.Contracts) != 0 {
		t.Errorf("another manager's: %+v, %v", theirs, err)
	}
}

func TestWhatCannotBeSetAsideIsNotSelectedForIt(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	r.handles(v.ID, events.DocumentRefused{Reason: "no glyph"})
	for action, want := range map[lifecycle.Action]int{lifecycle.Retry: 1, lifecycle.SetAside: 0} {
		s, err := r.manager.Select(context.Background(), lifecycle.CauseDocumentRefused, action, persistclient.Idempotency{})
		if err != nil || s.Total != want || len(s.Contracts) != want {
			t.Errorf("%s: %+v, %v", action, s, err)
		}
	}
	if _, err := r.manager.Select(context.Background(), lifecycle.CauseDocumentRefused, lifecycle.Cancel, persistclient.Idempotency{}); err == nil {
		t.Error("contracts are selected to be cancelled")
	}
}
