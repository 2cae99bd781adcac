package contracts

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

const (
	holdState = readState + ` FOR UPDATE OF c`

	// writeUndeliverable adds to what is on record of a contract. Nothing follows from it: the contract is due when it was, and
	// the looks at it go on being counted.
	writeUndeliverable = `WITH noted AS (
			UPDATE contracts SET version = $2, snapshot = $3, causes = $4, head = $5, history_seq = $6, updated_at = $7
			WHERE id = $1 RETURNING id
		)
		INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash) SELECT id, $6, $7, $8, $9, $10, $11, $5 FROM noted`
)

// RecordUndeliverable writes down that an event about a contract could not be delivered, and why, within the transaction that
// keeps the dead letter. The contract is held meanwhile, so nobody else writes in between. An event that persist itself has
// handled was delivered.
func (s *Store) RecordUndeliverable(ctx context.Context, tx pgx.Tx, verified events.Verified, deadLetter, why string) error {
	e, at := verified.Event(), s.db.Moment()
	var before state
	err := before.scan(tx.QueryRow(ctx, holdState, string(e.Subject), e.Source, e.ID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil || before.responses != nil {
		return err
	}
	n := lifecycle.Undeliverable(before.contract, before.attempts, e.Payload, why, at)
	if !n.Written {
		return nil
	}
	detail := map[string]any{"event": e.ID, "type": e.Payload.Type(), "dead_letter": deadLetter}
	entry, err := history.NewEntry(before.seq+1, before.head, at, access.Itself.Actor(), lifecycle.CauseUndeliverable, detail)
	if err != nil {
		return err
	}
	snapshot, err := json.Marshal(n.After)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, writeUndeliverable, string(e.Subject), n.After.Version, snapshot, causesOf(n.After, before.looks), entry.Hash, entry.Seq, at,
		entry.Actor, entry.What, []byte(entry.Detail), entry.PreviousHash)
	return err
}

// Forget drops what is cached of a contract that something else than this store has written.
func (s *Store) Forget(id contract.ID) { s.cache.Take(id) }
