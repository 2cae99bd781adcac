package contracts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// A fault of the installation, such as a revoked key, blocks all contracts. Once it is over for one of them, nobody waits
// until the others happen to be due: they are due within seconds, spread so that the service is not run over.
const (
	UnblockWithin = 20 * time.Second
	unblockAtOnce = 1000             // each of them that succeeds frees as many again
	unblockEvery  = 10 * time.Second // at most, by one instance

	// unblockOthers passes over what is being written: it waits for nobody, so nobody waits for it in a circle.
	unblockOthers = `UPDATE contracts c SET unblocked = true, routine = false, due_at = least(c.due_at, @at::timestamptz + random() * @within::interval)
		FROM (SELECT id FROM contracts WHERE causes <> '{}' AND NOT unblocked AND jsonb_path_exists(snapshot,
				'$.troubles[*] ? (@.ours == true && !exists(@.set_aside_at) && @.cause starts with $service)', @vars)
			LIMIT @most FOR UPDATE SKIP LOCKED) w
		WHERE c.id = w.id`

	readBlocked = `SELECT snapshot, head, history_seq FROM contracts WHERE id = $1`
)

// paces is when each service's contracts were unblocked last.
type paces struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// take reports whether it is time again.
func (p *paces) take(service string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Sub(p.last[service]) < unblockEvery && !p.last[service].IsZero() {
		return false
	}
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	p.last[service] = at
	return true
}

// unblocks is what goes into the batch of an event that shows that a fault of the installation is over; nil as a rule.
func (s *Store) unblocks(u update) func(*pgx.Batch) {
	service := lifecycle.FaultOver(u.before.contract, u.after, u.in.Event().Payload)
	if service == "" || !s.paces.take(service, u.entry.At) {
		return nil
	}
	vars, err := json.Marshal(map[string]string{"service": service + "."})
	if err != nil {
		return nil // a map of texts is JSON
	}
	return func(b *pgx.Batch) {
		b.Queue(unblockOthers, pgx.StrictNamedArgs{"at": u.entry.At, "within": UnblockWithin, "vars": vars, "most": unblockAtOnce})
	}
}

// Unblock writes down that a contract's notifications may go at once, and that it is due then. Nothing is published: only the
// record is brought up to date.
func (s *Store) Unblock(ctx context.Context, id contract.ID, dueAt time.Time) (contract.Contract, error) {
	for range maxTries {
		var before state
		err := s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
			b.Queue(readBlocked, string(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&before.contract, &before.head, &before.seq) })
		})
		if err != nil {
			return before.contract, fmt.Errorf("read contract %s: %w", id, err)
		}
		at := s.db.Moment()
		n := lifecycle.Freed(before.contract, at)
		if !n.Written {
			return before.contract, nil
		}
		u := update{before: before, after: n.After, again: true, dueAt: &dueAt, entry: persistclient.Entry{Seq: before.seq, At: at, Hash: before.head}}
		if err := s.writeQuietly(ctx, access.Itself, u); !errors.Is(err, ErrVersionConflict) {
			return n.After, err
		}
	}
	return contract.Contract{}, ErrVersionConflict
}
