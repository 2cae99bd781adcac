package contracts

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// BenchmarkCommand runs the command transaction beside itself as it is behind a pooler, where no statement stays prepared,
// beside the same rows written in eight round trips and beside a plain insert of one row, which is what this PostgreSQL can
// commit at all; rounds alternate, so that noise meets all of them. One client alone would measure the disk's mood.
func BenchmarkCommand(b *testing.B) {
	for _, clients := range []int{8, 32} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { command(b, clients) })
	}
}

func command(b *testing.B, clients int) {
	f := newFixture(b)
	owner, pool := open(b, f.owner, clients), open(b, f.serving, clients)
	if _, err := owner.Exec(b.Context(), `CREATE TABLE plain (id bigserial PRIMARY KEY, word text)`); err != nil {
		b.Fatal(err)
	}
	behind := f.instance(postgres.TransactionPooler)
	ways := map[string]func(contract.ID) error{
		"command": func(id contract.ID) error {
			_, err := f.Handle(b.Context(), event(id, persistsamples.Reported()), nil)
			return err
		},
		"naive": func(id contract.ID) error {
			return naive(b.Context(), pool, f.Store, event(id, persistsamples.Reported()))
		},
		"pooled": func(id contract.ID) error {
			_, err := behind.Handle(b.Context(), event(id, persistsamples.Reported()), nil)
			return err
		},
		"plain": func(contract.ID) error {
			_, err := owner.Exec(b.Context(), `INSERT INTO plain (word) VALUES ('x')`)
			return err
		},
	}
	took := map[string]time.Duration{}
	own := map[string][][]contract.ID{"plain": f.contracts(clients)}
	for _, name := range []string{"pooled", "naive", "command"} {
		own[name] = f.contracts(clients)
	}
	b.ResetTimer()
	for range b.N {
		for _, name := range []string{"plain", "pooled", "naive", "command"} {
			took[name] += round(b, own[name], ways[name])
		}
	}
	b.ReportMetric(float64(took["naive"])/float64(took["command"]), "×naive")
	b.ReportMetric(float64(took["plain"])/float64(took["command"]), "×plain-commit")
	b.ReportMetric(float64(took["pooled"])/float64(took["command"]), "×kept-statements")
	b.ReportMetric(float64(clients*roundLength*b.N)/took["command"].Seconds(), "commands/s")
}

// contracts are each client's own, since a contract is written a dozen times and not thousands. No two ways share one: an
// instance remembers the contracts that it alone writes to.
func (f *fixture) contracts(clients int) [][]contract.ID {
	ids := make([][]contract.ID, clients)
	for i := range ids {
		for range roundLength {
			ids[i] = append(ids[i], f.sent().ID)
		}
	}
	return ids
}

// open gives every client a connection of its own. Persist itself has maxConns for all of them.
func open(b *testing.B, address dsn.URL, clients int) *pgxpool.Pool {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), fmt.Sprintf("%s&pool_max_conns=%d", address, clients))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// roundLength is how many commands each client runs in a round.
const roundLength = 50

func round(b *testing.B, ids [][]contract.ID, one func(contract.ID) error) time.Duration {
	b.Helper()
	began := time.Now()
	var working sync.WaitGroup
	for _, own := range ids {
		working.Go(func() {
			for _, id := range own {
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

// naive writes the same rows as a command, as it is usually done: a transaction of seven round trips, and one more to
// say on whose behalf, since row-level security is asked of both. Reading, deciding and encoding are the same code.
func naive(ctx context.Context, pool *pgxpool.Pool, contracts *Store, verified events.Verified) error {
	e := verified.Event()
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('paraphe.role', 'function', true), set_config('paraphe.subject', '', true), set_config('paraphe.contract', '', true)`); err != nil {
			return err
		}
		var received int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM inbox WHERE source = $1 AND id = $2`, e.Source, e.ID).Scan(&received); err != nil {
			return err
		}
		var s state
		err := tx.QueryRow(ctx, readState+` FOR UPDATE`, string(e.Subject), e.Source, e.ID).
			Scan(&s.contract, &s.head, &s.seq, &s.looks, &s.attempts, &s.responses)
		if err != nil {
			return err
		}
		at := time.Now().UTC().Truncate(time.Microsecond)
		n, err := lifecycle.Apply(s.contract, s.attempts, e.Payload, at)
		if err != nil {
			return err
		}
		w, err := contracts.updateFor(s, verified, n, at)
		if err != nil {
			return err
		}
		return oneByOne(ctx, tx, w)
	})
}

// oneByOne writes what a command writes, a statement at a time.
func oneByOne(ctx context.Context, tx pgx.Tx, w update) error {
	snapshot, err := json.Marshal(w.after)
	if err != nil {
		return err
	}
	output, err := encodeEvents(w.out)
	if err != nil {
		return err
	}
	l := w.entry
	if _, err := tx.Exec(ctx, `UPDATE contracts SET status = $2, version = $3, snapshot = $4, causes = $5, due_at = $6, routine = $10, backoff = 0,
			head = $7, history_seq = $8, updated_at = $9 WHERE id = $1`, string(w.after.ID), string(w.after.Status), w.after.Version,
		snapshot, causesOf(w.after, 0), w.dueAt, l.Hash, l.Seq, l.At, w.routine); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertEntry, string(w.after.ID), l.Seq, l.At, l.Actor, l.What, []byte(l.Detail), l.PreviousHash, l.Hash); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO inbox (source, id, responses, at) VALUES ($1, $2, $3, $4)`, w.in.Event().Source, w.in.Event().ID, output, l.At)
	return err
}
