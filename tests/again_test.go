package tests

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// A stack that is stopped in the middle of the scenario goes on from there at the next start.
func TestNextStartFindsEveryContractAsItWas(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var options devstack.Options
	first := open(t, func(o *devstack.Options) { options = *o })
	options.Port = 0
	fact := reporter(first, 1)
	if err := fact.UpTo(ctx, scenario.Sent); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := reopen(t, options)
	if err := fact.MoveTo(ctx, scenario.Addresses{Page: second.Run.Page, Mailbox: second.Run.Mailbox, Phone: second.Run.Phone}); err != nil {
		t.Fatal(err)
	}
	if _, err := fact.Play(ctx); err != nil {
		t.Fatal(err)
	}
	quiet(ctx, t, second)
	audited(t, second)
}

// Without receive-webhook no contract is stuck: a webhook is a hint, and the clock looks as well.
func TestWithoutWebhooksTheClockCompletesTheContract(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *devstack.Options) {
		o.Without = []string{"receive-webhook"}
		o.Settings = map[string]string{"LOOK_EVERY": "1s"}
		o.ClockEvery = 500 * time.Millisecond
	})
	ctx := within(t)
	if _, err := reporter(o, 2).Play(ctx); err != nil {
		t.Fatal(err)
	}
	quiet(ctx, t, o)
	audited(t, o)
}
