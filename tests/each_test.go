package tests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// crashStacks is how many stacks share the points: most of the time each waits.
const crashStacks = 5

// tally is what came of the processes of one function that ended.
type tally struct {
	points, contracts, lost, doubled int
	slowest                          time.Duration // from the end of the process until everything was at rest
}

// Each point by itself, with contracts of its own and nothing hurried: what takes its course while nobody is there takes
// as long as it does in a cluster. The contract at the point, and those before it that did not come there, come to their
// ends.
func TestEachPointByItself(t *testing.T) {
	if !*crashLong {
		t.Skip("make crash tries each point by itself")
	}
	began := time.Now()
	only := regexp.MustCompile(*crashPoints)
	all := slices.DeleteFunc(points(t), func(p string) bool { return !only.MatchString(p) })
	var mu sync.Mutex
	tallies := map[string]*tally{}
	t.Run("points", func(t *testing.T) {
		for n := range crashStacks {
			t.Run(fmt.Sprint("stack ", n), func(t *testing.T) {
				t.Parallel()
				a := openArmed(t)
				for i := n; i < len(all); i += crashStacks {
					did := meet(t, a, all[i], 10*i)
					function, _, _ := strings.Cut(all[i], ".")
					mu.Lock()
					add(tallies, function, did)
					mu.Unlock()
				}
			})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(tallies)) {
		c := tallies[name]
		t.Logf("%-15s %3d points, %3d contracts, %d lost, %d doubled, slowest %s", name, c.points, c.contracts, c.lost, c.doubled, c.slowest.Round(time.Second))
	}
	t.Logf("all in %s", time.Since(began).Round(time.Second))
}

func add(tallies map[string]*tally, function string, did tally) {
	sum := tallies[function]
	if sum == nil {
		sum = &tally{}
		tallies[function] = sum
	}
	sum.points, sum.contracts = sum.points+did.points, sum.contracts+did.contracts
	sum.lost, sum.doubled = sum.lost+did.lost, sum.doubled+did.doubled
	sum.slowest = max(sum.slowest, did.slowest)
}

// meet plays contracts until a process has ended at this point, one after the other, and judges what came of them.
func meet(t *testing.T, a *armed, point string, n int) (did tally) {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), 2*tale)
	defer cancel()
	manager := patient(reporter(a.Stack, n))
	if err := manager.UpTo(ctx, scenario.LoggedIn); err != nil {
		t.Errorf("%s: %v", point, err)
		return did
	}
	a.arm(t, point)
	for _, plays := range a.ways(t, manager, n) {
		did.contracts++
		if err := plays(ctx); err != nil {
			did.lost++
			t.Errorf("%s: %v", point, err)
		}
		rest(ctx, t, a.Stack)
		if met, err := os.Stat(a.file(point) + ".met"); err == nil {
			did.points, did.slowest = 1, time.Since(met.ModTime())
			break
		}
	}
	if did.points == 0 {
		t.Errorf("no story comes to %s: let one, or say in beside why not", point)
		_ = os.Remove(a.file(point)) // or the next scenario falls over it
	}
	did.doubled = doubled(t, a, point)
	t.Logf("%-60s %d contracts, %s", point, did.contracts, did.slowest.Round(100*time.Millisecond))
	return did
}

// ways are the scenarios in which the points are looked for, the most likely first.
func (a *armed) ways(t *testing.T, manager *scenario.Run, n int) (all []func(context.Context) error) {
	for i, end := range endings {
		all = append(all, func(ctx context.Context) error { return play(ctx, a, manager, n+i, end) })
	}
	for i, name := range slices.Sorted(maps.Keys(troubles)) {
		all = append(all, func(ctx context.Context) error {
			if err := troubles[name](ctx, a, manager.Next(reporter(a.Stack, n+len(endings)+i).Signer)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	return append(all, func(ctx context.Context) error {
		out := malformed(t, a.Stack)
		return errors.Join(out, scenario.Await(ctx, func() bool { return a.Broker().Pending() == 0 }))
	})
}

// doubled counts what the audit finds to be there twice. Whatever else it finds is an error, too.
func doubled(t *testing.T, a *armed, point string) (twice int) {
	t.Helper()
	r, err := check.Run(t.Context(), outside(a.Stack), strict)
	if err != nil {
		t.Error(errors.Join(errors.New(point), err))
	}
	for _, f := range r.Findings {
		t.Errorf("%s: audit: %s", point, f)
		if slices.Contains([]string{"mail", "notifications", "attempts", "stray"}, f.Rule) {
			twice++
		}
	}
	return twice
}
