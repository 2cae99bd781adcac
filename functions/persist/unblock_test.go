package persist

import (
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func mailFailed(recipient string) events.MailFailed {
	return events.MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: recipient, Cause: "mail.unauthorized", Ours: true}
}

// dueWithin are the contracts that are due by then.
func (r *fixture) dueWithin(d time.Duration, all ...persistclient.View) (due []contract.ID) {
	r.t.Helper()
	for _, v := range all {
		if now := r.stands(v.ID); !now.DueAt.IsZero() && !now.DueAt.After(r.clock.now().Add(d)) {
			due = append(due, v.ID)
		}
	}
	return due
}

func TestAFaultThatIsOverForOneContractIsOverForAll(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	all := []persistclient.View{r.sent(), r.sent(), r.sent()}
	for _, v := range all {
		for range 5 { // a minute, two, four: they are looked at less and less often
			r.handles(v.ID, refusedKey("look"))
			r.clock.pass(time.Hour)
			r.ticks(tick(r))
		}
	}
	healthy, mailless := r.sent(), r.sent()
	r.handles(mailless.ID, mailFailed("s1"))
	waiting := append(slices.Clone(all[1:]), healthy, mailless)
	if due := r.dueWithin(contracts.UnblockWithin, waiting...); len(due) != 0 {
		t.Fatalf("due too early: %v", due)
	}
	r.handles(all[0].ID, refusedKey("look"))
	if due := r.dueWithin(contracts.UnblockWithin, waiting...); len(due) != 0 {
		t.Errorf("while the key is still refused, due are %v", due)
	}
	r.handles(all[0].ID, persistsamples.Checked(events.SignatureOngoing))
	if due := r.dueWithin(contracts.UnblockWithin, waiting...); !slices.Equal(due, []contract.ID{all[1].ID, all[2].ID}) {
		t.Errorf("due are %v; %s and %s waited for the same", due, all[1].ID, all[2].ID)
	}
	r.clock.pass(contracts.UnblockWithin)
	if out := r.ticks(tick(r)); len(out) != 2 {
		t.Errorf("said %+v", out)
	}
	if due := r.dueWithin(0, all...); len(due) != 0 {
		t.Errorf("still due are %v", due)
	}
	var freed int
	if r.query(&freed, `SELECT count(*) FROM contracts WHERE unblocked`); freed != 0 {
		t.Errorf("%d are still to be freed", freed)
	}
}

// A notification that is to be tried in an hour goes at once, and the history, which says when it failed, is spared.
func TestNotificationsThatWaitedForAFaultGoAtOnceWhenItIsOver(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	one, other := r.sent(), r.sent()
	for range 8 {
		r.handles(one.ID, mailFailed("s1"))
		r.handles(other.ID, mailFailed("s1"))
	}
	before := r.stands(other.ID)
	if next := before.Notifications[0].NextTry; !next.After(r.clock.now().Add(50 * time.Minute)) {
		t.Fatalf("the next try is at %s", next)
	}
	entries := len(r.reports(other.ID))
	r.handles(one.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"})
	r.clock.pass(contracts.UnblockWithin)
	out := r.ticks(tick(r))
	i := slices.IndexFunc(out, func(e events.Event) bool { return e.Subject == other.ID })
	if i < 0 {
		t.Fatalf("nothing was said of it: %+v", out)
	}
	report := out[i].Payload.(events.ContractDue).Contract
	after := r.stands(other.ID)
	for name, c := range map[string]contract.Contract{"what is said": report, "the record": after.Contract} {
		if l := c.Notifications[0]; !l.NextTry.IsZero() || l.Tries != 8 || len(c.Troubles) != 1 || c.Version != before.Version+1 {
			t.Errorf("%s has %+v, %+v, version %d", name, l, c.Troubles, c.Version)
		}
	}
	if len(r.reports(other.ID)) != entries || after.Backoff != before.Backoff+1 {
		t.Errorf("%d entries, %d looks", len(r.reports(other.ID)), after.Backoff)
	}
	r.handles(other.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"})
}

// reports is the history of a contract, whose chain holds.
func (r *fixture) reports(id contract.ID) []persistclient.Entry {
	r.t.Helper()
	r.lastEntry(id)
	entries, _, err := r.history(id)
	if err != nil {
		r.t.Fatal(err)
	}
	return entries
}
