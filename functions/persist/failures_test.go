package persist

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/schedule"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// tries asks for an account whose password is about to be tried, and returns how long the source has to wait instead.
func (r *fixture) tries(source string) time.Duration {
	r.t.Helper()
	u, err := r.function(access.Orchestrate).UserByEmail(context.Background(), "manager@example.org", source)
	var later persistclient.TryLater
	if errors.As(err, &later) {
		if u.ID != "" {
			r.t.Errorf("an account was named: %+v", u)
		}
		return later.After
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return 0
}

// fails counts so many failures of a source, and waits as long as it takes.
func (r *fixture) fails(source string, n int) {
	r.t.Helper()
	for n > 0 {
		if wait := r.tries(source); wait > 0 {
			r.clock.pass(wait)
		} else {
			n--
		}
	}
}

// TestWaitsGrowWithFailures: each row is a failure and the wait that follows it.
func TestWaitsGrowWithFailures(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	waits := []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900}
	for n, seconds := range waits {
		if wait := r.tries(somewhere); wait != 0 {
			t.Fatalf("failure %d: it had to wait for %s", n+1, wait)
		}
		want := seconds * time.Second
		if want > 0 { // and asking meanwhile makes it no longer
			for range 3 {
				if wait := r.tries(somewhere); wait != want {
					t.Errorf("after failure %d: it has to wait for %s, want %s", n+1, wait, want)
				}
			}
		}
		r.clock.pass(want)
	}
	if wait := r.tries("elsewhere"); wait != 0 {
		t.Errorf("another source has to wait for %s", wait)
	}
	if _, err := r.function(access.Orchestrate).UserByEmail(context.Background(), "nobody@example.org", "nobody"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("an unknown address: %v", err)
	}
	var later persistclient.TryLater
	for range accounts.FreeFailures {
		_, _ = r.function(access.Orchestrate).UserByEmail(context.Background(), "nobody@example.org", "nobody")
	}
	if _, err := r.function(access.Orchestrate).UserByEmail(context.Background(), "nobody@example.org", "nobody"); !errors.As(err, &later) {
		t.Errorf("an unknown address does not wait, which tells who has an account: %v", err)
	}
}

func TestFailuresAreForgottenBySuccessAndByTime(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		failures int
		forget   func(*fixture)
	}{
		"few, by time":  {accounts.FreeFailures, func(r *fixture) { r.clock.pass(accounts.RememberFew) }},
		"many, by time": {accounts.FreeFailures + 5, func(r *fixture) { r.clock.pass(accounts.RememberMany) }},
		"by success": {accounts.FreeFailures + 5, func(r *fixture) {
			s := r.session("1")
			s.Source = somewhere
			if err := r.function(access.Orchestrate).StartSession(context.Background(), s); err != nil {
				r.t.Error(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			r.fails(somewhere, row.failures)
			row.forget(r)
			for range accounts.FreeFailures {
				if wait := r.tries(somewhere); wait != 0 {
					t.Errorf("it has to wait for %s", wait)
				}
			}
		})
	}
}

// TestManyTriesAtOnceGetNoFurther than one after the other, whichever instances they reach.
func TestManyTriesAtOnceGetNoFurther(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	instances := []*fixture{r, r.beside(nil)}
	var got atomic.Int32
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			if instances[n%2].tries(somewhere) == 0 {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != accounts.FreeFailures+1 {
		t.Errorf("%d of 40 were tried", got.Load())
	}
}

// TestALinkThatWasGivenOutOpensWhateverOthersTry from the same network.
func TestALinkThatWasGivenOutOpensWhateverOthersTry(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	secret := history.Digest([]byte(r.claims(v.ID, invitation).Link))
	var later persistclient.TryLater
	for n := range 100 {
		_, err := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(fmt.Sprint(n))), somewhere)
		if slowed := errors.As(err, &later); slowed != (n > accounts.FreeFailures) || !slowed && !errors.Is(err, persistclient.ErrNotFound) {
			t.Fatalf("invented link %d: %v", n, err)
		}
	}
	if link, err := r.function(access.Orchestrate).OpenLink(context.Background(), secret, somewhere); err != nil || link.Signer != "s1" {
		t.Errorf("the link: %+v, %v", link, err)
	}
	r.ended(v.ID, contract.Declined) // one that has ended was given out as well, and is no guess
	var failures int
	before := `SELECT failures FROM login_failures WHERE key = '` + somewhere + `'`
	r.query(&failures, before)
	if _, err := r.function(access.Orchestrate).OpenLink(context.Background(), secret, "another"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a link that has ended: %v", err)
	}
	var rows int
	if r.query(&rows, `SELECT count(*) FROM login_failures`); rows != 1 || failures != accounts.FreeFailures+1 {
		t.Errorf("%d sources, %d failures", rows, failures)
	}
}

// TestFailuresAreBounded: the clock's tick drops what is old, and beyond the bound what would be forgotten
// first. A long wait outlives any number of single failures.
func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	r.fails(somewhere, 10)
	wait := r.tries(somewhere)
	now := r.clock.now()
	flood := `INSERT INTO login_failures SELECT 'flood' || n, 1, $1, $2 FROM generate_series(1, $3) n`
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), flood, now, now.Add(accounts.RememberFew), schedule.MaxFailureSources+500); err != nil {
		t.Fatal(err)
	}
	r.ticks(tick(r))
	var rows int
	if r.query(&rows, `SELECT count(*) FROM login_failures`); rows != schedule.MaxFailureSources {
		t.Errorf("%d rows", rows)
	}
	if got := r.tries(somewhere); got != wait || wait < 10*time.Second {
		t.Errorf("it has to wait for %s, and had to for %s", got, wait)
	}
	r.clock.pass(accounts.RememberFew)
	r.ticks(tick(r))
	if r.query(&rows, `SELECT count(*) FROM login_failures`); rows != 1 {
		t.Errorf("%d rows an hour later", rows)
	}
}
