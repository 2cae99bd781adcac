package tests

import (
	"context"
	"flag"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/phone"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// How much is tried. The defaults fit into `make test`; `make faults` tries more.
var (
	faultsEach  = flag.Bool("faults.each", false, "try each fault of the stand-ins in a stack of its own, with every ending")
	faultsOnly  = flag.String("faults.only", "", "only faults whose name has this in it")
	faultsFor   = flag.Duration("faults.for", 5*time.Second, "with faults.each: how long a fault lasts at least")
	faultsTable = flag.String("faults.table", "", "with faults.each: the file that the table of docs/reliability.md is written to")
)

// mishap is one way in which something outside goes wrong.
type mishap struct {
	name  string
	begin func(*devstack.Stack) error
	end   func()                    // what it does besides being calmed; may be nil
	met   func(*devstack.Stack) int // how often somebody met it
	least int                       // how often somebody must, to have met this one and not only what leads to it
}

// mishaps lists every fault of the stand-ins from their own code, in the order of their names.
func mishaps(t *testing.T) (all []mishap) {
	t.Helper()
	for name, plan := range faults.EveryFault() {
		least := 1
		if strings.HasPrefix(name, "list_") { // what is not lost is not searched for
			plan.API, least = faults.APIFaults{LostAnswer: 1, Only: "POST /v3/signature_requests$", Times: 1}, 2
		}
		all = append(all, mishap{name: "signature service: " + name, least: least,
			begin: func(o *devstack.Stack) error { return o.Yousign().Faults().Set(plan) },
			met:   func(o *devstack.Stack) int { return o.Yousign().Faults().Met() }})
	}
	for name, faults := range mailbox.EveryFault() {
		if faults.Then == mailbox.None { // it is the search that fails, and what is not unclear is not searched for
			faults.Then = mailbox.CutsLate
		}
		all = append(all, mishap{name: "mail service: " + name, least: 1,
			begin: func(o *devstack.Stack) error { o.Mailbox().Misbehave(faults); return nil },
			met:   func(o *devstack.Stack) int { return o.Mailbox().Met() }})
	}
	for name, m := range broker.EveryFault() {
		all = append(all, mishap{name: "broker: " + name, least: 1,
			begin: func(o *devstack.Stack) error { o.Broker().SetFaults(m); return nil },
			met:   func(o *devstack.Stack) int { return o.Broker().Met() }})
	}
	for m := range reflect.TypeFor[*phone.Phone]().Methods() {
		if !slices.Contains([]string{"Deliver", "Handler", "Messages"}, m.Name) {
			t.Errorf("the phone has learned to %s: if that is a fault, list it here", m.Name)
		}
	}
	all = slices.DeleteFunc(all, func(m mishap) bool { return !strings.Contains(m.name, *faultsOnly) })
	slices.SortFunc(all, func(a, b mishap) int { return strings.Compare(a.name, b.name) })
	return all
}

// whileOpening reports whether a fault is about calls that open a request, too.
func (m mishap) whileOpening() bool {
	return strings.HasPrefix(m.name, "signature service: api.") || strings.HasPrefix(m.name, "signature service: list_")
}

// moments are those in which a contract meets the fault and can go on once it is over. What is opened with the key of
// another workspace is only seen by that key: TestWhatWasOpenedWithAnotherKeyWaitsForIt.
func (m mishap) moments() []moment {
	switch {
	case strings.HasSuffix(m.name, "other_workspace"):
		return moments[:len(moments)-1]
	case strings.Contains(m.name, "proof_"): // of a contract that is signed
		return slices.Repeat(moments[:1], 3)
	}
	return moments
}

// matters are the causes of troubles that a person has to end, since nothing of it is known or was done: an order that the
// service refused, and notifications of which it cannot be asked.
func (m mishap) matters() []string {
	causes := []string{"signature.rejected"}
	for _, part := range []string{"no search", "search 403", "search 404", "everything"} {
		if strings.Contains(m.name, part) {
			causes = append(causes, "mail.unclear")
		}
	}
	return causes
}

// calm ends every fault.
func calm(t *testing.T, o *devstack.Stack) {
	t.Helper()
	misbehave(t, o, faults.Plan{})
	o.Mailbox().Misbehave(mailbox.Faults{})
	o.Broker().SetFaults(broker.Faults{})
}

// faulty is a stack in which time passes fast, so that what is tried again is tried soon, and its manager.
type faulty struct {
	*devstack.Stack
	manager *scenario.Run
}

func openFaulty(t *testing.T, change func(*devstack.Options)) *faulty {
	t.Helper()
	o := open(t, func(o *devstack.Options) {
		o.ClockEvery = time.Second
		o.Settings = map[string]string{"SENDGRID_SEARCH_AFTER": "2s", "LOOK_EVERY": "4s", "SWEEP_EVERY": "2s"}
		if change != nil {
			change(o)
		}
	})
	manager := patient(reporter(o, 0))
	manager.Look = 400 * time.Millisecond // many look at once
	if err := manager.UpTo(t.Context(), scenario.LoggedIn); err != nil {
		t.Fatal(err)
	}
	return &faulty{o, manager}
}

// Each fault of the signature service and of the broker comes upon a contract, one while it is opened, another while it is
// signed, declined or cancelled. When they are over every contract comes to its right end. Those of the mail service by
// themselves are in TestWithEveryFaultOfTheMailServiceEachNotificationGoesOutOnce, and each by itself in `make faults`.
func TestWithEveryFaultContractsComeToTheirRightEnd(t *testing.T) {
	t.Parallel()
	if *faultsEach {
		t.Skip("each fault has a stack of its own")
	}
	o, ctx := openFaulty(t, nil), within(t)
	var opening, ending []*trial
	for _, m := range mishaps(t) {
		if m.whileOpening() {
			opening = append(opening, prepare(ctx, t, o, m, len(opening), moment{scenario.Drafted, scenario.Sent, scenario.BySigning}))
		}
	}
	for _, tried := range opening {
		tried.strike(ctx, t, 0)
	}
	for _, m := range mishaps(t) {
		if n := len(ending); !m.whileOpening() && !strings.HasPrefix(m.name, "mail service") {
			tried := &trial{mishap: m, stack: o.Stack, moments: []moment{m.moments()[n%3]}, hurried: true}
			if n < len(opening) {
				tried.tellers = opening[n].tellers
				tried.tellers[0].Ends = tried.moments[0].ends
			} else {
				tried.tellers = prepare(ctx, t, o, m, n, moment{before: scenario.Sent, ends: tried.moments[0].ends}).tellers
			}
			ending = append(ending, tried)
		}
	}
	together(ending, func(tried *trial) { tried.goOn(ctx, t, scenario.PageOpen) })
	for _, tried := range ending {
		tried.strike(ctx, t, 0)
	}
	together(ending, func(tried *trial) { tried.finish(ctx, t) })
	inOrder(ctx, t, o.Stack)
	for _, tried := range ending {
		tried.report(ctx, t)
	}
}

// newer is a contract whose notifications go out after a fault of the mail service: its search shows them, and so that it does not
// have what it does not show.
func newer(ctx context.Context, t *testing.T, o *faulty) *scenario.Run {
	t.Helper()
	fact := o.manager.Next(reporter(o.Stack, 99).Signer)
	fact.Ends = scenario.ByCancelling
	if err := fact.UpTo(ctx, scenario.Drafted); err != nil {
		t.Fatal(err)
	}
	return fact
}

// Each fault by itself, in a stack of its own, in every moment of a contract.
func TestEachFaultByItself(t *testing.T) {
	if !*faultsEach {
		t.Skip("make faults tries each fault by itself")
	}
	for _, m := range mishaps(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			o, ctx := openFaulty(t, nil), within(t)
			tried := prepare(ctx, t, o, m, 0, m.moments()...)
			if strings.HasPrefix(m.name, "mail service") {
				tried.later = newer(ctx, t, o)
			}
			tried.strike(ctx, t, *faultsFor)
			tried.finish(ctx, t)
			atRest(ctx, t, o.Stack)
			inOrder(ctx, t, o.Stack)
			tried.report(ctx, t)
		})
	}
}

// A contract that was opened with the key of another workspace cannot be signed with our own, and says so as long as it
// must. With the other key again it goes on.
func TestWhatWasOpenedWithAnotherKeyWaitsForIt(t *testing.T) {
	if !*faultsEach {
		t.Skip("make faults tries what takes longer")
	}
	o, ctx := openFaulty(t, nil), within(t)
	misbehave(t, o.Stack, faults.Plan{OtherWorkspace: true})
	fact := o.manager.Next(reporter(o.Stack, 0).Signer)
	if err := fact.UpTo(ctx, scenario.Opened); err != nil {
		t.Fatal(err)
	}
	calm(t, o.Stack)
	eventually(t, "it is shown", func() bool { return len(now(ctx, t, fact).Troubles) > 0 })
	if c := now(ctx, t, fact); c.Status != "sent" {
		t.Errorf("it is %+v", c)
	}
	misbehave(t, o.Stack, faults.Plan{OtherWorkspace: true})
	if _, err := fact.Play(ctx); err != nil {
		t.Fatal(err)
	}
	calm(t, o.Stack)
	atRest(ctx, t, o.Stack)
	inOrder(ctx, t, o.Stack)
}
