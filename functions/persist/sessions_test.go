package persist

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// somewhere is the source of whoever tries.
const somewhere = "somewhere"

// token64 is a digest of which each character is this one.
func token64(character string) string { return strings.Repeat(character, 64) }

// session is a refresh token that lives for an hour.
func (r *fixture) session(digest string) persistclient.Session {
	return persistclient.Session{User: r.manager.Subject, Family: "f1", Digest: token64(digest), ExpiresAt: r.clock.now().Add(time.Hour)}
}

// rotate presents a refresh token and returns, by their characters, those that followed it.
func (r *fixture) rotate(old, next string) (followed string, err error) {
	n, err := r.function(access.Orchestrate).RotateSession(context.Background(), token64(old), r.session(next), somewhere)
	if err == nil && (n.User.ID != r.manager.Subject || n.User.PasswordHash != "") {
		r.t.Errorf("%s is gone on with by %+v", old, n.User)
	}
	for _, digest := range n.Digests {
		followed += digest[:1]
	}
	return followed, err
}

// goesOn requires that these followed a refresh token.
func (r *fixture) goesOn(old, want string) {
	r.t.Helper()
	if got, err := r.rotate(old, want[:1]); err != nil || got != want {
		r.t.Errorf("%s was followed by %q, %v; want %q", old, got, err, want)
	}
}

func (r *fixture) isOver(old string) {
	r.t.Helper()
	if got, err := r.rotate(old, "f"); !errors.Is(err, persistclient.ErrDenied) {
		r.t.Errorf("%s was followed by %q, %v; want it denied", old, got, err)
	}
}

func (r *fixture) loggedIn() *fixture {
	r.t.Helper()
	if err := r.function(access.Orchestrate).StartSession(context.Background(), r.session("1")); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// rotating replaces a refresh token and returns before that is committed.
func (r *fixture) rotating(old, next string) pgx.Tx {
	r.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, string(r.serving))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close(ctx) })
	tx, err := c.Begin(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	args := pgx.StrictNamedArgs{"old": token64(old), "next": token64(next), "expires": r.clock.now().Add(time.Hour), "now": r.clock.now(),
		"recently": r.clock.now().Add(-accounts.RenewalsWithin), "most": accounts.RenewalsMost}
	if _, err := tx.Exec(ctx, setSubject, "function", access.Orchestrate, ""); err != nil {
		r.t.Fatal(err)
	}
	if tag, err := tx.Exec(ctx, accounts.Rotate, args); err != nil || tag.RowsAffected() != 1 {
		r.t.Fatalf("%v, %v", tag, err)
	}
	return tx
}

// blocked waits until some statement of this room waits for a row.
func (r *fixture) blocked() {
	r.t.Helper()
	pgtest.Eventually(r.t, func() error {
		var waits bool
		r.query(&waits, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = $1)`, "serves_"+r.schema())
		if !waits {
			return errors.New("nothing waits")
		}
		return nil
	})
}

// TestASuccessorThatIsJustBeingMadeEndsWithItsFamily: what ends a family does not see the row that another
// transaction is writing. The successor must open nothing all the same.
func TestASuccessorThatIsJustBeingMadeEndsWithItsFamily(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fixture) error{
		"by logging out": func(r *fixture) error {
			return r.function(access.Orchestrate).EndSession(context.Background(), token64("2"), "")
		},
		"by a token that came back": func(r *fixture) error {
			if _, err := r.rotate("1", "9"); !errors.Is(err, persistclient.ErrDenied) {
				return errors.New("a used token was taken")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t).loggedIn()
			r.goesOn("1", "2")
			r.clock.pass(21 * time.Second)
			tx := r.rotating("2", "3")
			ended := make(chan error, 1)
			go func() { ended <- end(r) }()
			r.blocked()
			if err := tx.Commit(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			if _, err := r.rotate("3", "4"); !errors.Is(err, persistclient.ErrDenied) {
				t.Errorf("the successor lives on: %v", err)
			}
		})
	}
}

func TestSessionsAreSeenByFunctionsAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	if _, err := r.identify(nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sessions", "identities"} {
		for who, want := range map[*access.Caller]int{&r.manager.Caller: 0, {}: 0, &access.Itself: 1} {
			var seen int
			if err := r.raw(*who, `SELECT count(*) FROM `+table, &seen); err != nil || seen != want {
				t.Errorf("%+v sees %d of %s, %v", *who, seen, table, err)
			}
		}
	}
}
