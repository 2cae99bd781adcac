package persist

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestZZ(t *testing.T) {
	r := newRoom(t)
	v := r.sent()
	for range 300 {
		r.hears(v.ID, reported())
	}
	ctx := context.Background()
	e := r.event(v.ID, reported())
	s, err := r.ledger.stand(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := note(s.contract, s.attempts, e.Payload, r.ledger.moment())
	w, _ := s.entryFor(e, n, r.ledger.moment(), r.ledger.schedule)
	args, _ := w.args()
	_ = addFact(args, w)
	for range 2 {
	_ = pgx.BeginFunc(ctx, r.ledger.db.pool.Load(), func(tx pgx.Tx) error {
		tx.Exec(ctx, setSubject, "function", "persist", "")
		for _, q := range []struct {
			sql  string
			args []any
		}{{readStanding, []any{string(e.Subject), e.Source, e.ID}}, {writeFact, []any{args}}} {
			rows, err := tx.Query(ctx, "EXPLAIN (ANALYZE, BUFFERS) "+q.sql, q.args...)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			for _, l := range lines {
				t.Log(l)
			}
			if err != nil {
				t.Log(err)
			}
		}
		return context.Canceled
	})
	}
}
