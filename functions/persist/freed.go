package persist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// A fault of the installation, such as a revoked key, is one for all contracts. Once it is over for one of them, nobody
// waits until the others happen to be due: they are due within seconds, spread so that the service is not run over.
const (
	freedWithin = 20 * time.Second
	freedAtOnce = 1000             // each of them that succeeds frees as many again
	freedEvery  = 10 * time.Second // at most, by one instance

	// freeOthers passes over what is being written: it waits for nobody, so nobody waits for it in a circle.
	freeOthers = `UPDATE contracts c SET freed = true, routine = false, due_at = least(c.due_at, @at::timestamptz + random() * @within::interval)
		FROM (SELECT id FROM contracts WHERE causes <> '{}' AND NOT freed AND jsonb_path_exists(snapshot,
				'$.troubles[*] ? (@.ours == true && !exists(@.set_aside_at) && @.cause starts with $service)', @vars)
			LIMIT @most FOR UPDATE SKIP LOCKED) w
		WHERE c.id = w.id`

	readFreed  = `SELECT snapshot, head, history_seq FROM contracts WHERE id = $1`
	writeFreed = guarded + counted
)

// paces is when each service's contracts were freed last.
type paces struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// take reports whether it is time again.
func (p *paces) take(service string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Sub(p.last[service]) < freedEvery && !p.last[service].IsZero() {
		return false
	}
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	p.last[service] = at
	return true
}

// frees is what goes into the trip of a fact that shows that a fault of the installation is over; nil as a rule.
func (l *ledger) frees(w writing) func(*pgx.Batch) {
	service := lifecycle.FaultOver(w.before.contract, w.after, w.heard.Event().Payload)
	if service == "" || !l.paces.take(service, w.entry.At) {
		return nil
	}
	vars, err := json.Marshal(map[string]string{"service": service + "."})
	if err != nil {
		return nil // a map of texts is JSON
	}
	return func(b *pgx.Batch) {
		b.Queue(freeOthers, pgx.StrictNamedArgs{"at": w.entry.At, "within": freedWithin, "vars": vars, "most": freedAtOnce})
	}
}

// freed lets the letters of claimed contracts go at once that were freed, before it is said that the contracts are due. One
// for which that fails waits as long as it would have.
func (l *ledger) freed(ctx context.Context, batch []claimed, until time.Time) {
	for i := range batch {
		if c := &batch[i]; c.freed {
			after, err := l.free(ctx, c.contract.ID, until)
			if err != nil {
				l.log.Warn("letters wait longer than they need", "contract", string(c.contract.ID), "error", err.Error())
				continue
			}
			c.contract = after
		}
	}
}

// free writes down that a contract's letters may go at once. It is no news: only the record is brought up to date.
func (l *ledger) free(ctx context.Context, id contract.ID, until time.Time) (contract.Contract, error) {
	for range tries {
		var s standing
		err := l.db.trip(ctx, itself, func(b *pgx.Batch) {
			b.Queue(readFreed, string(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&s.contract, &s.head, &s.seq) })
		})
		if err != nil {
			return s.contract, fmt.Errorf("read contract %s: %w", id, err)
		}
		at := l.moment()
		n := lifecycle.Freed(s.contract, at)
		if !n.Written {
			return s.contract, nil
		}
		w := writing{before: s, after: n.After, again: true, dueAt: &until, entry: persistclient.Entry{Seq: s.seq, At: at, Hash: s.head}}
		if err := l.writeFreed(ctx, w); !errors.Is(err, errRaced) {
			return n.After, err
		}
	}
	return contract.Contract{}, errRaced
}

func (l *ledger) writeFreed(ctx context.Context, w writing) error {
	args, err := w.args()
	if err != nil {
		return err
	}
	var written int
	err = l.db.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(writeFreed, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	l.memory.take(w.after.ID) // it is old now
	if err == nil && written == 0 {
		err = errRaced
	}
	return err
}
