package persist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
)

// An administrator keeps what is stuck: the list shows that each contract exists and why it is stuck. Whoever of them
// looks further, and is neither its owner nor a signer, is written down in its history before anything is shown.

// readingEntry is what the history calls it.
const readingEntry = "contract.read"

// readingAgain is for how long one entry stands for further looks of the same person at the same part: a page asks every
// few seconds whether anything changed.
const readingAgain = time.Hour

const (
	readForReading = `SELECT c.snapshot, c.head, c.history_seq,
			c.owner = @reader OR EXISTS (SELECT FROM signers s WHERE s.contract = c.id AND ` + own + `)
			OR EXISTS (SELECT FROM history h WHERE h.contract = c.id AND h.actor = @actor AND h.what = @what
				AND h.detail->>'part' = @part AND h.at > @since)
		FROM contracts c WHERE c.id = @id`

	writeReading = guarded + counted
)

// noteReading writes down that an administrator reads a part of somebody else's contract. It does nothing for others.
func (l *ledger) noteReading(r *http.Request, asks caller, part string) error {
	if asks.Role != auth.Administrator {
		return nil
	}
	id := contract.ID(r.PathValue("id"))
	for range tries {
		err := l.tryReading(r.Context(), asks, id, part)
		if !errors.Is(err, errRaced) {
			return err
		}
	}
	return errRaced
}

func (l *ledger) tryReading(ctx context.Context, asks caller, id contract.ID, part string) error {
	at := l.moment()
	var s standing
	var needless bool
	args := pgx.StrictNamedArgs{
		"id": string(id), "reader": asks.Subject, "actor": asks.actor(), "what": readingEntry, "part": part, "since": at.Add(-readingAgain),
	}
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readForReading, args).QueryRow(func(row pgx.Row) error {
			return row.Scan(&s.contract, &s.head, &s.seq, &needless)
		})
	})
	if err != nil || needless {
		return err
	}
	return l.writeReading(ctx, asks, s, part, at)
}

// writeReading adds the entry, guarded as every other is. Nothing follows from it, so nothing is said, and the contract
// is due when it was.
func (l *ledger) writeReading(ctx context.Context, asks caller, s standing, part string, at time.Time) error {
	w := writing{before: s, after: s.contract, quiet: true}
	w.after.Version++
	var err error
	if w.entry, err = entry(s.seq+1, s.head, at, asks.actor(), readingEntry, map[string]any{"part": part}); err != nil {
		return err
	}
	args, err := w.args()
	if err != nil {
		return err
	}
	var written int
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(writeReading, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	switch {
	case err != nil:
		return fmt.Errorf("write down who reads contract %s: %w", s.contract.ID, err)
	case written == 0:
		return errRaced
	}
	l.memory.take(s.contract.ID) // it is old now
	return nil
}

// noted answers a question about a part of a contract after it was written down who reads it.
func noted(part string, answers func(*door, *http.Request, caller) (answer, error)) func(*door, *http.Request, caller) (answer, error) {
	return func(d *door, r *http.Request, asks caller) (answer, error) {
		if err := d.ledger.noteReading(r, asks, part); err != nil {
			return answer{}, err
		}
		return answers(d, r, asks)
	}
}
