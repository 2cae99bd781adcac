package persist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/schedule"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
)

// recorded are the tables that are the record itself: what is in them stays. forgotten are those that are pruned. A table
// that grows and is in neither would fill the disk one day.
var (
	recorded = []string{"contracts", "signers", "readers", "attempts", "notifications", "files", "history", "free_texts", "users", "identities",
		"migrations", "rate_limits", "sweeps", "corrections"}
	forgotten = []string{"inbox", "idempotency", "sessions", "dead_letters", "links", "login_failures"}
	swept     = []string{"stray_requests"} // by each sweep, what it did not see
)

func TestEveryTableIsTheRecordOrIsPruned(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	var all []string
	r.query(&all, `SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace`)
	known := slices.Sorted(slices.Values(slices.Concat(recorded, forgotten, swept)))
	if !slices.Equal(all, known) {
		t.Errorf("there are %v,\nof which is known whether they are pruned %v", all, known)
	}
	for _, table := range slices.Concat(forgotten, swept) {
		var may bool
		r.query(&may, `SELECT has_table_privilege($1, $2, 'DELETE')`, "serves_"+r.schema(), table)
		if !may {
			t.Errorf("the role that serves cannot prune %s", table)
		}
	}
}

// TestOldRowsAreDeletedInOneTick, however much of it there is, and what is younger stays.
func TestOldRowsAreDeletedInOneTick(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	open, ended := r.sent(), r.sent()
	const many = 2*schedule.MaxDeleted + 500
	day := 24 * time.Hour
	for table, c := range map[string]struct {
		columns, values string
		keep            time.Duration
	}{
		"inbox":          {"source, id, responses, at", "'s', $1 || n, '[]', $2", 30*day + time.Hour},
		"idempotency":    {"person, key, digest, answer, created_at", "'p', $1 || n, 'd', '{}', $2", schedule.KeepAnswersFor},
		"sessions":       {"digest, user_id, family, expires_at", "encode(sha256(($1 || n)::bytea), 'hex'), '" + r.manager.Subject + "', 'f', $2", schedule.KeepSessionsFor},
		"dead_letters":   {"id, at, type, source, contract, destination, code, cause, headers, body", "$1 || n, $2, '', '', '', '', '', '', '{}', ''", 30 * day},
		"login_failures": {"key, failures, wait_until, forget_at", "$1 || n, 1, $2, $2", 0},
		"links":          {"digest, contract, signer, created_at", "encode(sha256(($1 || n)::bytea), 'hex'), '" + string(ended.ID) + "', 's1', $2", 365 * day},
	} {
		insert := fmt.Sprintf(`WITH made AS (INSERT INTO %s (%s) SELECT %s FROM generate_series(1, $3::integer) n RETURNING 1) SELECT count(*) FROM made`,
			table, c.columns, c.values)
		var n int
		for label, at := range map[string]time.Time{"old": r.clock.now().Add(-c.keep - time.Minute), "young": r.clock.now().Add(-c.keep + time.Minute)} {
			r.query(&n, insert, label, at, many)
		}
	}
	var n int // a link of a contract that goes on opens it, however old it is
	r.query(&n, `WITH made AS (INSERT INTO links (digest, contract, signer, created_at) VALUES ($1, $2, 's1', $3) RETURNING 1) SELECT count(*) FROM made`,
		strings.Repeat("e", 64), string(open.ID), r.clock.now().Add(-2*365*day))
	r.query(&n, `WITH aged AS (UPDATE history SET at = at - interval '2 years', detail = '{"status":"declined"}' WHERE contract = $1 RETURNING 1) SELECT count(*) FROM aged`, string(ended.ID))
	began := time.Now()
	if _, err := r.parts.Handle(context.Background(), tick(r)); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows were forgotten in %s", len(forgotten)*many, time.Since(began).Round(time.Millisecond))
	for _, table := range forgotten {
		want := map[string]int{"inbox": many + handledEvents(r), "links": many + 1}[table]
		if want == 0 {
			want = many
		}
		if r.query(&n, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
}

// handledEvents is how many events this test's contracts have received.
func handledEvents(r *fixture) (n int) {
	r.query(&n, `SELECT count(*) FROM inbox WHERE source <> 's'`)
	return n
}

// A tick that nobody took is no lost work, and no notification.
func TestATickThatDiedIsNoDeadLetter(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	kept := func() (n int) { r.query(&n, `SELECT count(*) FROM dead_letters`); return n }
	ticked := tick(r)
	if r.dies(r.deadEvent(ticked.Event())); kept() != 0 {
		t.Errorf("%d notifications are kept of a tick", kept())
	}
	if r.dies(r.deadEvent(r.unsigned(r.sent().ID, persistsamples.Reported()))); kept() != 1 {
		t.Errorf("%d notifications are kept of a report", kept())
	}
}
