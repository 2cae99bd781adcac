package contracts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
)

// ReadAgainAfter is for how long one entry stands for further reads of the same part by the same person: a page asks every
// few seconds whether anything changed.
const ReadAgainAfter = time.Hour

const (
	readForRead = `SELECT c.snapshot, c.head, c.history_seq,
			c.owner = @reader OR EXISTS (SELECT FROM signers s WHERE s.contract = c.id AND ` + views.OwnSigner + `)
			OR EXISTS (SELECT FROM history h WHERE h.contract = c.id AND h.actor = @actor AND h.what = @what
				AND h.detail->>'part' = @part AND h.at > @since)
		FROM contracts c WHERE c.id = @id`

	writeQuiet = guardedUpdate + countUpdated
)

// RecordRead writes down that an administrator reads a part of a contract that they neither own nor sign, before anything of
// it is shown. A list shows them that each contract exists and why it does not go on; whoever looks further is on persistclient.
// It does nothing for others.
func (s *Store) RecordRead(ctx context.Context, caller access.Caller, id contract.ID, part string) error {
	if caller.Role != auth.Administrator {
		return nil
	}
	for range maxTries {
		err := s.tryRecordRead(ctx, caller, id, part)
		if !errors.Is(err, ErrVersionConflict) {
			return err
		}
	}
	return ErrVersionConflict
}

func (s *Store) tryRecordRead(ctx context.Context, caller access.Caller, id contract.ID, part string) error {
	at := s.db.Moment()
	var read state
	var needless bool
	args := pgx.StrictNamedArgs{
		"id": string(id), "reader": caller.Subject, "actor": caller.Actor(), "what": access.ReadEntry, "part": part, "since": at.Add(-ReadAgainAfter),
	}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readForRead, args).QueryRow(func(row pgx.Row) error {
			return row.Scan(&read.contract, &read.head, &read.seq, &needless)
		})
	})
	if err != nil || needless {
		return err
	}
	return s.writeRead(ctx, caller, read, part, at)
}

// writeRead adds the entry, guarded as every other is. Nothing follows from it, so nothing is published, and the contract
// is due when it was.
func (s *Store) writeRead(ctx context.Context, caller access.Caller, before state, part string, at time.Time) error {
	u := update{before: before, after: before.contract, quiet: true}
	u.after.Version++
	var err error
	if u.entry, err = history.NewEntry(before.seq+1, before.head, at, caller.Actor(), access.ReadEntry, map[string]any{"part": part}); err != nil {
		return err
	}
	if err := s.writeQuietly(ctx, caller, u); err != nil {
		return fmt.Errorf("write down who reads contract %s: %w", before.contract.ID, err)
	}
	return nil
}

// writeQuietly writes an update that nothing follows from, for whoever made it.
func (s *Store) writeQuietly(ctx context.Context, caller access.Caller, u update) error {
	args, err := u.args()
	if err != nil {
		return err
	}
	var written int
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(writeQuiet, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	s.cache.Take(u.after.ID) // it is old now
	if err == nil && written == 0 {
		err = ErrVersionConflict
	}
	return err
}
