package tests

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// contractsAtOnce is enough for events of different contracts to mingle, and fits two cores.
const contractsAtOnce = 6

// The same scenario with every event delivered twice, late and shuffled, and every webhook doubled, ends the same:
// completed, and one notification of each kind to each person.
func TestStormEndsAsTheCalmDoes(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *devstack.Options) {
		o.Faults = broker.Faults{Twice: true, Delay: 200 * time.Millisecond, Shuffle: true, Seed: 7}
	})
	plan := faults.Plan{Seed: 7}
	plan.Webhooks.Repeat, plan.Webhooks.Delay = 1, 0.5
	plan.Webhooks.DelayBy = 200
	if err := o.Yousign().Faults().Set(plan); err != nil {
		t.Fatal(err)
	}
	playMany(t, o)
}

// playMany plays several scenarios at once and judges each.
func playMany(t *testing.T, o *devstack.Stack) { t.Helper(); playSome(t, o, contractsAtOnce) }

func playSome(t *testing.T, o *devstack.Stack, stories int) {
	t.Helper()
	ctx := within(t)
	ends := make([]scenario.Result, stories)
	var playing sync.WaitGroup
	for n := range stories {
		playing.Go(func() {
			var err error
			if ends[n], err = patient(reporter(o, n)).Play(ctx); err != nil {
				t.Errorf("story %d: %v", n, err)
			}
		})
	}
	playing.Wait()
	if err := scenario.Await(ctx, func() bool { return o.Broker().Pending() == 0 }); err != nil {
		t.Fatalf("%d events were never delivered", o.Broker().Pending())
	}
	for n, end := range ends {
		if end.Contract != "" {
			assertNotifications(ctx, t, o, end.Contract, fmt.Sprintf("zoe%d@example.org", n))
		}
	}
	audited(t, o)
}

// patient makes a client that asks again when a function does not answer, as a person would.
func patient(t *scenario.Run) *scenario.Run {
	t.Patient = true
	return t
}
