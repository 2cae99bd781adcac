package tests

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// refusals are answers of the signature service that are no answers about a request: it does not know us for a while, or
// does not want what we ask.
var refusals = map[string]faults.APIFaults{
	"401": {Unauthorized: 1}, "402": {Unpaid: 1}, "403": {Forbidden: 1}, "400": {Refused: 1}, "404": {NotFound: 1},
	"404 of a proxy": {PageNotFound: 1}, "302": {Moved: 1}, "a page": {Page: 1},
}

// A contract whose owner cancels while the service refuses us stays as it is, and says so: somebody may be signing. It is
// cancelled once the service says that it is.
func TestACancellationWaitsForTheServicesWord(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	n := 0
	for name, fault := range refusals {
		n++
		ctx, fact := within(t), patient(reporter(o, n))
		if err := fact.UpTo(ctx, scenario.PageOpen); err != nil {
			t.Fatal(err)
		}
		misbehave(t, o, faults.Plan{API: fault})
		if err := fact.Do(ctx, "cancel"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		eventually(t, name+" is shown as a trouble", func() bool { return len(now(ctx, t, fact).Troubles) > 0 })
		if c := now(ctx, t, fact); c.Status != "sent" || !c.CancelWanted {
			t.Errorf("%s: it is %s", name, c.Status)
		}
		misbehave(t, o, faults.Plan{})
		if err := fact.Do(ctx, "retry"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the contract is cancelled after "+name, func() bool { return now(ctx, t, fact).Status == "cancelled" })
		if c := now(ctx, t, fact); len(c.Troubles) > 0 {
			t.Errorf("%s is over, and shown still: %v", name, c.Troubles)
		}
	}
	assertRequests(t, o, map[string]int{"canceled": n})
}

// The customer signs on the page that is still open while the service refuses us: then the signature counts.
func TestWhoSignsWhileTheServiceRefusesUsHasSigned(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	ctx, fact := within(t), patient(reporter(o, 1))
	if err := fact.UpTo(ctx, scenario.PageOpen); err != nil {
		t.Fatal(err)
	}
	misbehave(t, o, faults.Plan{API: faults.APIFaults{NotFound: 1}})
	if err := fact.Do(ctx, "cancel"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refusal is shown", func() bool { return len(now(ctx, t, fact).Troubles) > 0 })
	if err := fact.UpTo(ctx, scenario.Signed); err != nil {
		t.Fatal(err)
	}
	misbehave(t, o, faults.Plan{})
	if err := fact.Do(ctx, "retry"); err != nil {
		t.Fatal(err)
	}
	if _, err := fact.Play(ctx); err != nil {
		t.Fatal(err)
	}
}

// A cancellation that meets an opening leaves nothing at the service that somebody could sign, whichever answer was lost.
func TestACancellationWhileOpeningLeavesNoRequest(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]string{"the request is made": "POST /v3/signature_requests$", "it is activated": "/activate"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t, nil)
			ctx, fact := within(t), patient(reporter(o, 1))
			misbehave(t, o, faults.Plan{API: faults.APIFaults{LostAnswer: 1, Only: call}})
			if err := fact.UpTo(ctx, scenario.Sent); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the service has something of it", func() bool { return len(requests(t, o)) > 0 })
			if err := fact.Do(ctx, "cancel"); err != nil {
				t.Fatal(err)
			}
			misbehave(t, o, faults.Plan{})
			err := scenario.Await(ctx, func() bool { return now(ctx, t, fact).Status == "cancelled" })
			if err != nil {
				t.Fatalf("%v: %+v", err, now(ctx, t, fact))
			}
			for _, r := range requests(t, o) {
				if r.Status != "canceled" && r.Status != "deleted" {
					t.Errorf("the service holds a request that is %s", r.Status)
				}
			}
		})
	}
}

// An attempt that acted and whose answer was lost is gone on with, and not begun again: one request, one contract.
func TestARetryBeginsNoSecondRequest(t *testing.T) {
	t.Parallel()
	o := open(t, nil)
	ctx, fact := within(t), patient(reporter(o, 1))
	misbehave(t, o, faults.Plan{API: faults.APIFaults{LostAnswer: 1, Only: "/activate", Times: 1}})
	if err := fact.UpTo(ctx, scenario.Sent); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is active", func() bool { r := requests(t, o); return len(r) == 1 && r[0].Status == "ongoing" })
	misbehave(t, o, faults.Plan{API: faults.APIFaults{Unauthorized: 1}})
	for range 3 {
		if err := fact.Do(ctx, "retry"); err != nil && !strings.Contains(err.Error(), "409") {
			t.Fatal(err)
		}
	}
	misbehave(t, o, faults.Plan{})
	_ = fact.Do(ctx, "retry") // 409 if it went on by itself meanwhile
	if _, err := fact.Play(ctx); err != nil {
		t.Fatal(err)
	}
	assertRequests(t, o, map[string]int{"done": 1})
}

// Five contracts that are opened while our key is wrong go on by themselves once it is right: nobody has to press
// anything, and nothing of it is left to look at.
func TestAFaultOfOursStopsNoContract(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *devstack.Options) { o.ClockEvery = time.Second })
	ctx := within(t)
	misbehave(t, o, faults.Plan{API: faults.APIFaults{Unauthorized: 1}})
	var all []*scenario.Run
	for n := range 5 {
		fact := patient(reporter(o, n))
		if err := fact.UpTo(ctx, scenario.Sent); err != nil {
			t.Fatal(err)
		}
		all = append(all, fact)
	}
	for _, fact := range all {
		eventually(t, "the fault is shown", func() bool {
			c := now(ctx, t, fact)
			return len(c.Troubles) == 1 && c.Troubles[0].Cause == "signature.unauthorized"
		})
	}
	misbehave(t, o, faults.Plan{})
	for n, fact := range all {
		err := scenario.Await(ctx, func() bool { c := now(ctx, t, fact); return c.Status == "sent" && len(c.Troubles) == 0 })
		if err != nil {
			t.Errorf("contract %d: %v: %+v", n, err, now(ctx, t, fact))
		}
	}
}

func now(ctx context.Context, t *testing.T, fact *scenario.Run) scenario.Contract {
	t.Helper()
	c, err := fact.Current(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// misbehave lets the signature service go wrong by this plan from now on.
func misbehave(t *testing.T, o *devstack.Stack, p faults.Plan) {
	t.Helper()
	if err := o.Yousign().Faults().Set(p); err != nil {
		t.Fatal(err)
	}
}

// requests is everything that the signature service holds, whatever it answers just now.
func requests(t *testing.T, o *devstack.Stack) []fakeyousign.Held {
	t.Helper()
	held, err := o.Yousign().Holds()
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// assertRequests wants so many requests in each state at the signature service, and no other.
func assertRequests(t *testing.T, o *devstack.Stack, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, r := range requests(t, o) {
		got[r.Status]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("the service holds %v, want %v", got, want)
	}
}
