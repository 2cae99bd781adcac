package persist

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

var dueRows = flag.Int("due-rows", 20_000, "how many open contracts BenchmarkTick has on record")

// BenchmarkTick speaks for the contracts that come due in a minute out of all that are open: each is looked at every six
// hours, which is where the doubling ends, so a 360th of them a minute, beside a hundred recoveries. The broker is one
// that takes everything at once: what is measured is the record's part.
func BenchmarkTick(b *testing.B) {
	r := newFixture(b)
	waiting := r.sent()
	for _, to := range []string{"s1", "s2"} {
		r.handles(waiting.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: to})
	}
	r.copies(waiting.ID, *dueRows, true)
	r.copies(r.preparing().ID, 100, false)
	perMinute := *dueRows / 360
	r.spread(waiting.ID, perMinute)
	if _, err := r.connected(string(r.owner)).Exec(b.Context(), `VACUUM ANALYZE contracts`); err != nil { // as autovacuum would have
		b.Fatal(err)
	}
	var took time.Duration
	b.ResetTimer()
	for range b.N {
		r.clock.pass(time.Minute)
		began := time.Now()
		if _, err := r.parts.Handle(context.Background(), tick(r)); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
	}
	b.ReportMetric(float64(*dueRows), "open")
	b.ReportMetric(float64(perMinute), "due/minute")
	b.ReportMetric(took.Seconds()/float64(b.N), "s/tick")
}

// spread makes the copies of a contract due one minute after the other, so many in each.
func (r *fixture) spread(id contract.ID, perMinute int) {
	r.t.Helper()
	var n int
	r.query(&n, `WITH placed AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM contracts WHERE routine AND id <> $1),
		moved AS (UPDATE contracts c SET due_at = $2::timestamptz + make_interval(mins => (p.place / $3)::integer)
			FROM placed p WHERE c.id = p.id RETURNING 1) SELECT count(*) FROM moved`, string(id), r.clock.now(), max(perMinute, 1))
}
