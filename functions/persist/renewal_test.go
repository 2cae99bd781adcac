package persist

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestAUsedRefreshTokenLeadsToItsSuccessorForAWhile: its answer may have been lost. After that it ends every session of its
// log-in.
func TestAUsedRefreshTokenLeadsToItsSuccessorForAWhile(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	r.goesOn("1", "2")
	r.clock.pass(19 * time.Second)
	r.goesOn("1", "2")
	if got, err := r.rotate("1", "9"); err != nil || got != "2" { // whatever would follow now
		t.Errorf("another successor: %q, %v", got, err)
	}
	r.clock.pass(2 * time.Second)
	r.isOver("1")
	r.isOver("2")
	if err := r.log.contains("a refresh token was reused"); err != nil {
		t.Error(err)
	}
}

// TestAUsedRefreshTokenLeadsAsFarAsOneHasGone: the one that is in force is the last.
func TestAUsedRefreshTokenLeadsAsFarAsOneHasGone(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	r.goesOn("1", "2")
	r.clock.pass(10 * time.Second)
	r.goesOn("2", "3")
	r.clock.pass(5 * time.Second)
	r.goesOn("3", "4")
	r.goesOn("1", "234")
	r.goesOn("2", "34")
	r.clock.pass(6 * time.Second) // 1 was used 21 s ago, 2 was 11
	r.goesOn("2", "34")
	r.isOver("1")
	r.isOver("4")
}

func TestCopiesOfARefreshTokenAtOnceHaveOneSuccessor(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	var mu sync.Mutex
	followed := map[string]int{}
	var all sync.WaitGroup
	for _, next := range []string{"a", "b", "c", "d"} {
		all.Go(func() {
			got, err := r.rotate("1", next)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			followed[got]++
		})
	}
	all.Wait()
	var rows int
	if r.query(&rows, `SELECT count(*) FROM sessions`); len(followed) != 1 || rows != 2 {
		t.Errorf("followed by %v; %d rows", followed, rows)
	}
}

func TestARefreshTokenThatIsOverOpensNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fixture){
		"logged out": func(r *fixture) {
			if err := r.function(access.Orchestrate).EndSession(context.Background(), token64("1"), r.manager.Subject); err != nil {
				r.t.Error(err)
			}
		},
		"replaced": func(r *fixture) {
			s := r.session("8")
			s.Family, s.Replaces = "f2", token64("1")
			if err := r.function(access.Orchestrate).StartSession(context.Background(), s); err != nil {
				r.t.Error(err)
			}
		},
		"expired":  func(r *fixture) { r.clock.pass(time.Hour) },
		"disabled": func(r *fixture) { pgtest.Superuser(r.t, "UPDATE "+r.schema()+".users SET disabled = true") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh, used := newFixture(t).loggedIn(), newFixture(t).loggedIn()
			used.goesOn("1", "2")
			for _, r := range []*fixture{fresh, used} {
				end(r)
				r.isOver("1")
			}
			if name != "expired" { // the successor lives for an hour of its own
				used.isOver("2")
			}
		})
	}
}

// TestOneUserDoesNotEndAnothersSession: a browser's cookie may be another account's by now.
func TestOneUserDoesNotEndAnothersSession(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	if err := r.function(access.Orchestrate).EndSession(context.Background(), token64("1"), "somebody"); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("got %v", err)
	}
	r.goesOn("1", "2")
	for _, user := range []string{"", r.manager.Subject} { // twice is as once
		if err := r.function(access.Orchestrate).EndSession(context.Background(), token64("2"), user); err != nil {
			t.Error(err)
		}
	}
	r.isOver("2")
}

// TestASessionIsNotRenewedWithoutEnd: one that is renewed too often waits, and goes on then.
func TestASessionIsNotRenewedWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	at := token64("1")
	renew := func(n int) error {
		s := r.session("0")
		s.Digest = history.Digest([]byte(fmt.Sprint(n)))
		_, err := r.function(access.Orchestrate).RotateSession(context.Background(), at, s, somewhere)
		if err == nil {
			at = s.Digest
		}
		return err
	}
	for n := range accounts.RenewalsMost {
		if err := renew(n); err != nil {
			t.Fatalf("renewal %d: %v", n, err)
		}
	}
	var later persistclient.TryLater
	if err := renew(1000); !errors.As(err, &later) || later.After <= 0 || later.After > accounts.RenewalsWithin {
		t.Fatalf("one too many: %v", err)
	}
	r.clock.pass(accounts.RenewalsWithin)
	if err := renew(1001); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestRefreshTokensThatNobodyWasGivenAreSlowedDown(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	var waits int
	for n := range 20 {
		var later persistclient.TryLater
		_, err := r.function(access.Orchestrate).RotateSession(context.Background(), history.Digest([]byte(fmt.Sprint(n))), r.session("9"), somewhere)
		if errors.As(err, &later) {
			waits++
		} else if !errors.Is(err, persistclient.ErrDenied) {
			t.Errorf("invented: %v", err)
		}
	}
	if waits != 20-accounts.FreeFailures-1 {
		t.Errorf("%d of 20 had to wait", waits)
	}
	r.goesOn("1", "2")
	if strings.Contains(r.log.String(), "came back") {
		t.Errorf("the log says %s", r.log)
	}
}
