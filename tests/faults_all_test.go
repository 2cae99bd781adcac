package tests

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/broker"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/mailbox"
)

// How often each fault of the signature service strikes where all are there at once.
const (
	callsFail    = 0.04
	webhooksFail = 0.2
)

// everything is every fault of the signature service at once. What would let no contract end takes turns; another
// workspace's key is not among them, since what is opened with it is seen by it alone.
func everything(turn int) faults.Plan {
	all := faults.Plan{Seed: uint64(turn)}
	for _, one := range faults.EveryFault() {
		merge(reflect.ValueOf(&all).Elem(), reflect.ValueOf(one))
	}
	scale(reflect.ValueOf(&all.API).Elem(), callsFail)
	scale(reflect.ValueOf(&all.Webhooks).Elem(), webhooksFail)
	all.API.Times, all.For, all.OtherWorkspace = 0, 0, false
	all.ProofNever = turn%4 == 1
	if turn%4 != 2 {
		all.Quota = faults.Quota{}
	}
	return all
}

// merge sets whatever one sets in all, too.
func merge(all, one reflect.Value) {
	for i := range one.NumField() {
		switch {
		case one.Field(i).Kind() == reflect.Struct:
			merge(all.Field(i), one.Field(i))
		case !one.Field(i).IsZero():
			all.Field(i).Set(one.Field(i))
		}
	}
}

// scale makes each chance this one.
func scale(chances reflect.Value, to float64) {
	for i := range chances.NumField() {
		if chances.Field(i).Kind() == reflect.Float64 {
			chances.Field(i).SetFloat(to)
		}
	}
}

// everyMail are all faults of the mail service, one notification each and in any order. Between them notifications go out.
func everyMail(dice *rand.Rand, hangs bool) (f mailbox.Faults) {
	for _, one := range mailbox.EveryFault() {
		if !hangs && (one.Then == mailbox.Hangs || one.Then == mailbox.HangsLate) {
			continue
		}
		f.Next = append(f.Next, one.Then, mailbox.None)
		f.SearchLag = max(f.SearchLag, one.SearchLag)
		if one.Search != mailbox.SearchWorks && dice.IntN(3) == 0 {
			f.Search = one.Search
		}
	}
	dice.Shuffle(len(f.Next), func(i, j int) { f.Next[i], f.Next[j] = f.Next[j], f.Next[i] })
	f.RetryAfter = 1
	return f
}

// turmoil is everything at once.
type turmoil struct {
	met  atomic.Int64
	stop func()
}

// begin lets everything go wrong, each moment in another way, until it is stopped.
func (m *turmoil) begin(o *devstack.Stack) error {
	dice := rand.New(rand.NewPCG(23, 29)) // repeatable on purpose
	quit, over := make(chan struct{}), make(chan struct{})
	m.stop = func() { close(quit); <-over }
	go func() {
		defer close(over)
		for turn := 0; ; turn++ {
			_ = o.Yousign().Faults().Set(everything(turn)) // of faults that are all good
			o.Mailbox().Misbehave(everyMail(dice, *faultsEach))
			// TestStormEndsAsTheCalmDoes has everything twice: here, a notification that is being written would be waited for.
			o.Broker().SetFaults(broker.Faults{Twice: *faultsEach, Delay: 200 * time.Millisecond, Shuffle: true, Seed: uint64(turn)})
			select {
			case <-quit:
				return
			case <-time.After(500 * time.Millisecond):
			}
			m.met.Add(int64(o.Yousign().Faults().Met() + o.Mailbox().Met() + o.Broker().Met()))
		}
	}()
	return nil
}

// Every fault of every stand-in at once, while contracts are opened, signed, declined and cancelled.
func TestWithEveryFaultAtOnceContractsComeToTheirRightEnd(t *testing.T) {
	t.Parallel()
	rounds, lasts := 1, 3*time.Second
	if *faultsEach {
		rounds, lasts = 8, 30*time.Second
	}
	var all turmoil
	o, ctx := openFaulty(t, nil), within(t)
	tried := prepare(ctx, t, o, mishap{
		name: "everything at once", least: 20, begin: all.begin, end: func() { all.stop() },
		met: func(*devstack.Stack) int { return int(all.met.Load()) },
	}, 0, slices.Repeat(moments, rounds)...)
	tried.later, tried.hurried = newer(ctx, t, o), !*faultsEach
	tried.strike(ctx, t, lasts)
	tried.finish(ctx, t)
	if *faultsEach {
		atRest(ctx, t, o.Stack)
	}
	inOrder(ctx, t, o.Stack)
	tried.report(ctx, t)
}
