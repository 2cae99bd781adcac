package deadletters

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// maxListed is how many dead letters are listed.
const maxListed = 200

const (
	readDeadLetters = `SELECT id, at, type, source, contract, destination, code, cause, replayed_at FROM dead_letters
		ORDER BY at DESC, id DESC LIMIT $1`

	readDeadLetter = `SELECT headers, body FROM dead_letters WHERE id = $1`

	markReplayed = `UPDATE dead_letters SET replayed_at = $2 WHERE id = $1`
)

// List lists dead letters, the newest first.
func (s *Store) List(ctx context.Context, caller access.Caller) ([]persistclient.DeadLetter, error) {
	list := []persistclient.DeadLetter{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readDeadLetters, maxListed).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list, rows, scanDeadLetter)
			return err
		})
	})
	return list, err
}

func scanDeadLetter(row pgx.CollectableRow) (persistclient.DeadLetter, error) {
	var l persistclient.DeadLetter
	var replayed *time.Time
	err := row.Scan(&l.ID, &l.At, &l.Type, &l.Source, &l.Contract, &l.Destination, &l.Code, &l.Cause, &replayed)
	if l.At = l.At.UTC(); replayed != nil {
		l.ReplayedAt = replayed.UTC()
	}
	return l, err
}

// Get returns the headers and the body that a dead letter came with. pgx.ErrNoRows if there is none with this id.
func (s *Store) Get(ctx context.Context, caller access.Caller, id string) (headers map[string][]string, body []byte, err error) {
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readDeadLetter, id).QueryRow(func(row pgx.Row) error { return row.Scan(&headers, &body) })
	})
	return headers, body, err
}

// MarkReplayed notes that the broker has taken a dead letter again.
func (s *Store) MarkReplayed(ctx context.Context, caller access.Caller, id string) error {
	return s.db.Batch(ctx, caller, func(b *pgx.Batch) { b.Queue(markReplayed, id, s.db.Moment()) })
}
