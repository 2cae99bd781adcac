package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// clients is how many work at once. One alone measures the disk's mood.
const clients = 8

// BenchmarkCommand runs the command transaction beside the same work in eight round trips and beside a plain insert
// of one row, which is what this PostgreSQL can commit at all; rounds alternate, so that noise meets all three.
func BenchmarkCommand(b *testing.B) {
	r := newRoom(b)
	owner, pool := open(b, r.owner), open(b, r.serving)
	if _, err := owner.Exec(b.Context(), `CREATE TABLE plain (id bigserial PRIMARY KEY, word text)`); err != nil {
		b.Fatal(err)
	}
	ids := make([]contract.ID, clients)
	for i := range ids {
		ids[i] = r.sent().ID
	}
	ways := map[string]func(contract.ID) error{
		"command": func(id contract.ID) error { _, err := r.ledger.hear(b.Context(), r.event(id, reported())); return err },
		"naive":   func(id contract.ID) error { return naive(b.Context(), pool, r.event(id, reported())) },
		"plain": func(contract.ID) error {
			_, err := owner.Exec(b.Context(), `INSERT INTO plain (word) VALUES ('x')`)
			return err
		},
	}
	took := map[string]time.Duration{}
	b.ResetTimer()
	for range b.N {
		for _, name := range []string{"plain", "naive", "command"} {
			took[name] += round(b, ids, ways[name])
		}
	}
	b.ReportMetric(float64(took["naive"])/float64(took["command"]), "×naive")
	b.ReportMetric(float64(took["plain"])/float64(took["command"]), "×plain-commit")
	b.ReportMetric(float64(clients*roundLength*b.N)/took["command"].Seconds(), "commands/s")
}

func open(b *testing.B, address databaseURL) *pgxpool.Pool {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), string(address)+"&pool_max_conns=8")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// roundLength is how many commands each client runs in a round.
const roundLength = 50

func round(b *testing.B, ids []contract.ID, one func(contract.ID) error) time.Duration {
	b.Helper()
	began := time.Now()
	var working sync.WaitGroup
	for _, id := range ids {
		working.Go(func() {
			for range roundLength {
				if err := one(id); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	working.Wait()
	return time.Since(began)
}

// reported is a report that is always written down.
func reported() events.Payload {
	return events.SignatureReported{Service: "yousign", Slot: "main", Request: "req-1", Attempt: 1, TokenSHA256: digestOf([]byte(token)), Delivery: newID(), Name: "signer.done", Look: true}
}

// naive does what a command does as it is usually written: a transaction of seven round trips, and one more to say on
// whose behalf, since row-level security is asked of both.
func naive(ctx context.Context, pool *pgxpool.Pool, e events.Event) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, setSubject, "function", "", ""); err != nil {
			return err
		}
		var heard, seq int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM heard WHERE source = $1 AND id = $2`, e.Source, e.ID).Scan(&heard); err != nil {
			return err
		}
		var c contract.Contract
		var head string
		if err := tx.QueryRow(ctx, `SELECT snapshot, head, history_seq FROM contracts WHERE id = $1 FOR UPDATE`, string(e.Subject)).Scan(&c, &head, &seq); err != nil {
			return err
		}
		c.Version++
		snapshot, err := json.Marshal(c)
		if err != nil {
			return err
		}
		hash := digestOf([]byte(fmt.Sprint(head, seq)))
		if _, err := tx.Exec(ctx, `UPDATE contracts SET version = $2, snapshot = $3, head = $4, history_seq = $5 WHERE id = $1`,
			string(e.Subject), c.Version, snapshot, hash, seq+1); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash)
			VALUES ($1, $2, now(), 'function:x', 'signature.reported', '{}', $3, $4)`, string(e.Subject), seq+1, head, hash); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO heard (source, id, said, at) VALUES ($1, $2, $3, now())`, e.Source, e.ID, snapshot)
		return err
	})
}
