package tests

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

var (
	soakFor   = flag.Duration("soak.for", 0, "how long a stack works under a steady stream of contracts; `make soak` says ten minutes")
	soakPause = flag.Duration("soak.pause", time.Second, "between two contracts")
	soakTable = flag.String("soak.table", "", "the file that the table of docs/reliability.md is written to")
)

// A stack works for a long while under a steady stream of contracts, to every ending, and something outside goes wrong now
// and then. What it takes stays what it was: memory, threads, goroutines, files, connections, and every table that is
// pruned. The record grows with the contracts and no faster.
func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("make soak lets a stack work for ten minutes")
	}
	o, ctx := openSoaked(t), t.Context()
	o.Mailbox().KeepAtMost(1_000_000) // the audit asks for every notification
	working, stop := context.WithTimeout(ctx, *soakFor)
	defer stop()
	var beside sync.WaitGroup
	var taken []sample
	beside.Go(func() { taken = takeSamples(working, t, o.Stack) })
	beside.Go(func() { disturb(working, t, o.Stack) })
	played, pressed := stream(working, t, o)
	beside.Wait()
	calm(t, o.Stack)
	ends := within(t)
	atRest(ends, t, o.Stack)
	noneOpen(ends, t, o.Stack)
	r, err := check.Run(ends, outside(o.Stack), strict)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Rule != "unsaid" { // what was received is made old, and forgotten, long before its time
			t.Errorf("audit: %s", f)
		}
	}
	t.Logf("%d contracts, of which a person had to try %d again", played, pressed)
	table := judge(t, taken)
	t.Log("\n" + table)
	if *soakTable != "" {
		if err := os.WriteFile(*soakTable, []byte(table), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// openSoaked is a faulty stack whose processes say every few seconds what goroutines they have. The Go runtime does that
// itself when it is told to: no function needs a route for it.
func openSoaked(t *testing.T) *faulty {
	t.Helper()
	return openFaulty(t, func(o *devstack.Options) {
		o.Idle = time.Hour // nothing is scaled to zero, and begins anew
		o.Settings["GODEBUG"] = "schedtrace=5000,scheddetail=1"
	})
}

// stream begins a contract whenever the pause is over, lets it go its way and returns when all are at their ends.
func stream(ctx context.Context, t *testing.T, o *faulty) (played int, pressed int64) {
	t.Helper()
	var playing sync.WaitGroup
	var again atomic.Int64
	next := time.NewTicker(*soakPause)
	defer next.Stop()
	function := make(chan struct{}, 2*contractsAtOnce) // as many as may be under way
	for ; ctx.Err() == nil; played++ {
		if played%50 == 0 { // a session does not last for ever
			if err := o.manager.MoveTo(ctx, o.manager.Addresses); err != nil && ctx.Err() == nil {
				t.Errorf("log in again: %v", err)
			}
		}
		fact := o.manager.Next(reporter(o.Stack, played).Signer)
		fact.Ends = moments[played%len(moments)].ends
		function <- struct{}{}
		playing.Go(func() {
			defer func() { <-function }()
			again.Add(playThrough(within(t), t, fact))
		})
		select {
		case <-next.C:
		case <-ctx.Done():
		}
	}
	playing.Wait()
	return played, again.Load()
}

// playThrough plays a scenario to its end whatever goes wrong, and tells how often a person had to press.
func playThrough(ctx context.Context, t *testing.T, fact *scenario.Run) int64 {
	stop := attend(ctx, fact, false, "signature.rejected", "mail.unclear")
	_, err := fact.Play(ctx)
	pressed := stop()
	if err != nil {
		t.Errorf("the story that ends %q: %v", fact.Ends, err)
	}
	return int64(pressed)
}

// disturb lets something go wrong for a few seconds, and then nothing for a while.
func disturb(ctx context.Context, t *testing.T, o *devstack.Stack) {
	// What is opened with another workspace's key waits for that key: it would never end here.
	all := slices.DeleteFunc(mishaps(t), func(m mishap) bool { return strings.HasSuffix(m.name, "other_workspace") })
	dice := rand.New(rand.NewPCG(17, 19)) // repeatable on purpose
	met := map[string]int{}
	for wrong := false; ; wrong = !wrong {
		lasts := *soakFor / 40
		if wrong {
			m := all[dice.IntN(len(all))]
			if err := m.begin(o); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
			met[m.name]++
			lasts = *soakFor / 120
		} else {
			calm(t, o)
		}
		select {
		case <-ctx.Done():
			t.Log(fmt.Sprint("what went wrong: ", met))
			return
		case <-time.After(lasts):
		}
	}
}
