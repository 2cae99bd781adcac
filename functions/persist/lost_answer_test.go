package persist

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestAnAnswerThatIsLostAtTheCommitCountsOnce: the database commits, the connection breaks off before it says so, and the
// same is asked again. It was written once, and the answer is the one that was lost.
func TestAnAnswerThatIsLostAtTheCommitCountsOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts string
		skip   int // how many answers are not lost: of a question that reads first
		ask    func(r *fixture) func() (any, error)
	}{
		"a fact": {`SELECT count(*) FROM history WHERE what = 'signature.reported'`, 0, func(r *fixture) func() (any, error) {
			e := r.event(r.sent().ID, persistsamples.Reported())
			return func() (any, error) { return r.parts.Handle(context.Background(), e) }
		}},
		"a new contract": {`SELECT count(*) FROM contracts`, 1, func(r *fixture) func() (any, error) {
			d, once := persistsamples.Draft(), persistclient.Idempotency{Key: ids.New(), Digest: "d"}
			return func() (any, error) { return r.manager.Create(context.Background(), d, once) }
		}},
		"a wish": {`SELECT count(*) FROM history WHERE what = 'action.send'`, 1, func(r *fixture) func() (any, error) {
			v, once := r.made(), persistclient.Idempotency{Key: ids.New(), Digest: "d"}
			return func() (any, error) {
				return r.manager.Perform(context.Background(), v.ID, persistsamples.SendAction(v.Version), once)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner, serving := pgtest.Schema(t)
			l := serverProxy(t)
			r := fixtureAt(t, owner, l.through(t, serving)+"&pool_max_conns=1")
			if _, err := c.ask(r)(); err != nil { // its statements are prepared by now
				t.Fatal(err)
			}
			ask := c.ask(r)
			var before, after int
			r.query(&before, c.counts)
			l.change(func(l *proxy) { l.swallow, l.skip = true, c.skip })
			if _, err := ask(); !isUnavailable(err) {
				t.Fatalf("while the answer is lost: %v", err)
			}
			r.query(&after, c.counts)
			if after != before+1 {
				t.Fatalf("%d became %d: nothing was committed before the answer was lost", before, after)
			}
			var first any
			pgtest.Eventually(t, func() (err error) { first, err = ask(); return err })
			second, err := ask()
			r.query(&after, c.counts)
			if err != nil || after != before+1 || !reflect.DeepEqual(first, second) {
				t.Errorf("asked again: %v; %d became %d\n%+v\n%+v", err, before, after, first, second)
			}
		})
	}
}

// isUnavailable reports that the caller was told to come again.
func isUnavailable(err error) bool {
	var inside function.Unavailable
	return errors.As(err, &inside) || err != nil && strings.Contains(err.Error(), "503")
}
