package persist

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// TestAFailoverLeavesNoConnectionBehindAndLosesNothing: the primary is fenced while events come, the line leads to the
// standby, and after a while that is promoted.
func TestAFailoverLeavesNoConnectionBehindAndLosesNothing(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	owner, serving := p.addresses(t)
	r := fixtureAt(t, owner, serving)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	senders := []*sender{{fixture: r, name: "sender-a-"}, {fixture: r, name: "sender-b-"}, {fixture: r, name: "sender-c-"}, {fixture: r, name: "sender-d-"}}
	for _, s := range senders {
		v := r.sent()
		sending.Go(func() { s.goOn(ctx, v) })
	}
	all := func() {
		for _, s := range senders {
			s.takes(t, 5)
		}
	}
	all()
	p.change(func(l *proxy) { l.to = host(t, p.standby) })
	p.fence(t)
	fenced := time.Now()
	r.is(http.StatusServiceUnavailable, "the server takes no writes")
	t.Logf("the old primary was left %s after it took no more writes", time.Since(fenced).Round(time.Millisecond))
	pgtest.Eventually(t, func() error {
		if left := on[int](t, p.primary, `SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'serves'`); left > 0 {
			return fmt.Errorf("%d connections to the old primary are left", left)
		}
		return nil
	})
	p.caughtUp(t)
	if !on[bool](t, p.standby, `SELECT pg_promote()`) {
		t.Fatal("the standby was not promoted")
	}
	promoted := time.Now()
	r.is(http.StatusOK, "READY")
	t.Logf("the new one was worked with %s after it was promoted", time.Since(promoted).Round(time.Millisecond))
	all()
	stop()
	sending.Wait()
	for _, s := range senders {
		s.judge(t, p.standby)
	}
}

// TestConnectionsThatAreEndedAreReplaced: somebody ends every connection again and again, as a failover of a pooler does.
func TestConnectionsThatAreEndedAreReplaced(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	s := &sender{fixture: r, name: "sender-e-"}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sending sync.WaitGroup
	v := r.sent()
	sending.Go(func() { s.goOn(ctx, v) })
	for range 5 {
		s.takes(t, 3)
		pgtest.Superuser(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'serves_`+r.schema()+`'`)
	}
	s.takes(t, 3)
	stop()
	sending.Wait()
	r.is(http.StatusOK, "READY")
	if s.wrong != "" {
		t.Errorf("answered %q", s.wrong)
	}
}

// TestASilentDatabaseIsNoticed: nothing is refused and nothing answered, as when packets are dropped. Soon nobody waits
// any more, and readiness says so, whether somebody asks or not.
func TestASilentDatabaseIsNoticed(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]time.Duration{"nobody asks": 100 * time.Millisecond, "somebody asks": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner, serving := pgtest.Schema(t)
			l := serverProxy(t)
			r := fixtureAt(t, owner, serving).beside(func(d *postgres.Database) {
				d.Addresses.Serving = l.through(t, serving) + "&connect_timeout=1"
				d.Timeouts = postgres.Timeouts{Batch: 500 * time.Millisecond, Look: look}
			})
			r.preparing()
			l.change(func(l *proxy) { l.silent = true })
			if look == time.Hour {
				r.get(r.manager, "/contracts")
			}
			r.is(http.StatusServiceUnavailable, "no database")
			elapsed := timeouts.Measure()
			if status, _ := r.get(r.manager, "/contracts"); status != http.StatusServiceUnavailable {
				t.Errorf("answered %d", status)
			}
			if took := elapsed(); took > time.Second {
				t.Errorf("answered after %s", took)
			}
			l.set(true) // what is silent stays so
			l.change(func(l *proxy) { l.silent, l.cut = false, false })
			r.is(http.StatusOK, "READY")
			r.preparing()
		})
	}
}

// TestAnUpgradeThatShutsAnInstanceOutIsNoticed where nothing is asked for, too.
func TestAnUpgradeThatShutsAnInstanceOutIsNoticed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	old := r.beside(func(d *postgres.Database) { d.Timeouts.Look = 100 * time.Millisecond })
	old.is(http.StatusOK, "READY")
	r.upgraded(next(fmt.Sprintf("%s%04d\n", schema.OldestMark, schema.Current().Newest()+1)))
	old.is(http.StatusServiceUnavailable, "start a newer one")
}
