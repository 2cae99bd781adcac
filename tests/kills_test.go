package tests

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// How much is tried. The defaults fit into `make test`; `make crash` tries more.
var (
	crashContracts = flag.Int("crash.contracts", 8, "how many contracts are played while everything is killed")
	crashAtOnce    = flag.Int("crash.at-once", contractsAtOnce, "how many of them at once")
	crashFor       = flag.Duration("crash.for", 8*time.Second, "for how long it is killed")
	crashSeed      = flag.Uint64("crash.seed", 1, "of the dice: what is killed, and when")
	crashPoints    = flag.String("crash.points", "", "of the points that are tried by themselves, only those that match this")
	crashLong      = flag.Bool("crash.long", false, "let nothing hurry, and try each point by itself")
)

// Every function, the broker and PostgreSQL are killed again and again while contracts are played to every end. Then
// everything comes to rest, and the record, the signature service and the mail service agree.
func TestKillingEverythingAtRandomLosesNothing(t *testing.T) {
	t.Parallel()
	openAs := openHurried
	if *crashLong {
		openAs = openArmed
	}
	a := openAs(t, func(o *devstack.Options) { o.DatabaseURL, o.Database = "", "" }) // a PostgreSQL of its own, to be killed
	ctx, cancel := timeouts.Context(t.Context(), tale+4**crashFor)
	defer cancel()
	killing, stop := context.WithTimeout(ctx, *crashFor)
	defer stop()
	killed := make(chan string, 1)
	go func() { killed <- killEverything(killing, t, a.Stack) }()
	began := time.Now()
	lost := playAll(ctx, t, a, *crashContracts)
	stop()
	what := <-killed
	rest(ctx, t, a.Stack)
	r := audited(t, a.Stack)
	t.Logf("seed %d: %s; %d contracts, %d lost; the audit looked at %d entries, %d notifications, %d requests and found %d; at rest after %s",
		*crashSeed, what, r.Contracts, lost, r.Entries, r.Notifications, r.Requests, len(r.Findings), time.Since(began).Round(time.Second))
	if r.Contracts != *crashContracts {
		t.Errorf("%d contracts are on record, %d were made", r.Contracts, *crashContracts)
	}
}

// victims are what is killed, the more often the more often they stand here.
var victims = []string{
	"orchestrate", "orchestrate", "orchestrate", "persist", "persist", "persist", "send-mail", "send-mail", "send-mail", "generate-doc", "generate-doc",
	"receive-webhook", "receive-webhook", "frontend", "the broker", "the broker", "PostgreSQL",
}

// killEverything kills what the dice say until ctx ends, and tells how often what was killed.
func killEverything(ctx context.Context, t *testing.T, o *devstack.Stack) string {
	dice := rand.New(rand.NewPCG(*crashSeed, *crashSeed)) // repeatable on purpose
	killed := map[string]int{}
	for {
		select {
		case <-ctx.Done():
			return fmt.Sprint("killed ", killed)
		case <-time.After(time.Duration(50+dice.IntN(500)) * time.Millisecond):
		}
		victim, err := victims[dice.IntN(len(victims))], error(nil)
		switch victim {
		case "the broker":
			err = o.CrashBroker()
		case "PostgreSQL":
			err = o.Database().Crash(context.WithoutCancel(ctx))
		default:
			if !o.Function(victim).Kill() {
				continue // it has no process at the moment
			}
		}
		if killed[victim]++; err != nil {
			t.Errorf("%s did not come back: %v", victim, err)
			return ""
		}
	}
}

// playAll plays so many contracts, to every end in turn, a few at once, and counts those that did not come to it.
func playAll(ctx context.Context, t *testing.T, a *armed, contracts int) int {
	t.Helper()
	manager := patient(reporter(a.Stack, 0))
	if err := manager.UpTo(ctx, scenario.LoggedIn); err != nil {
		t.Fatal(err)
	}
	numbers := make(chan int)
	var lost atomic.Int64
	var playing sync.WaitGroup
	for range *crashAtOnce {
		playing.Go(func() {
			for n := range numbers {
				if err := play(ctx, a, manager, n, endings[n%len(endings)]); err != nil {
					lost.Add(1)
					t.Error(err)
				}
			}
		})
	}
	for n := range contracts {
		numbers <- n
	}
	close(numbers)
	playing.Wait()
	return int(lost.Load())
}
