package persist

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/record"
)

// rotating replaces a refresh token and returns before that is committed.
func (r *room) rotating(old, next string) pgx.Tx {
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
	args := pgx.StrictNamedArgs{"old": strings.Repeat(old, 64), "next": strings.Repeat(next, 64), "expires": r.clock.now().Add(time.Hour), "now": r.clock.now()}
	if _, err := tx.Exec(ctx, setSubject, "function", orchestrate, ""); err != nil {
		r.t.Fatal(err)
	}
	if tag, err := tx.Exec(ctx, rotate, args); err != nil || tag.RowsAffected() != 1 {
		r.t.Fatalf("%v, %v", tag, err)
	}
	return tx
}

// blocked waits until some statement of this room waits for a row.
func (r *room) blocked() {
	r.t.Helper()
	eventually(r.t, func() error {
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
	for name, end := range map[string]func(*room) error{
		"by logging out": func(r *room) error {
			return r.function(orchestrate).EndSession(context.Background(), strings.Repeat("2", 64))
		},
		"by a token that came back": func(r *room) error {
			if err := r.rotate("1", "9"); !errors.Is(err, record.ErrDenied) {
				return errors.New("a used token was taken")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t).loggedIn()
			if err := r.rotate("1", "2"); err != nil {
				t.Fatal(err)
			}
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
			if err := r.rotate("3", "4"); !errors.Is(err, record.ErrDenied) {
				t.Errorf("the successor lives on: %v", err)
			}
		})
	}
}

func TestSessionsAreSeenByFunctionsAlone(t *testing.T) {
	t.Parallel()
	r := newRoom(t).loggedIn()
	if _, err := r.identify(nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sessions", "identities"} {
		for who, want := range map[*caller]int{&r.manager.caller: 0, {}: 0, &itself: 1} {
			var seen int
			if err := r.raw(*who, `SELECT count(*) FROM `+table, &seen); err != nil || seen != want {
				t.Errorf("%+v sees %d of %s, %v", *who, seen, table, err)
			}
		}
	}
}
