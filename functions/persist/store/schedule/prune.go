package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
)

// What is deleted after a while: what nobody can ask for again, and what nothing hangs on. The record itself, that is
// contracts and all that belongs to them, is never deleted by itself.
const (
	deleteInbox   = `DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE at < $1 LIMIT $2)`
	deleteAnswers = `DELETE FROM idempotency WHERE ctid IN (SELECT ctid FROM idempotency WHERE created_at < $1 LIMIT $2)`
	// deleteSessions keeps them beyond their end.
	deleteSessions    = `DELETE FROM sessions WHERE ctid IN (SELECT ctid FROM sessions WHERE expires_at < $1 LIMIT $2)`
	deleteDeadLetters = `DELETE FROM dead_letters WHERE ctid IN (SELECT ctid FROM dead_letters WHERE at < $1 LIMIT $2)`
	// deleteLinks takes those that open nothing any more: see readLink.
	deleteLinks = `DELETE FROM links WHERE ctid IN (SELECT k.ctid FROM links k WHERE k.created_at < $1
		AND EXISTS (SELECT FROM history h WHERE h.contract = k.contract AND h.at < $1
			AND h.detail->>'status' IN ('completed', 'declined', 'expired', 'cancelled')) ORDER BY k.created_at LIMIT $2)`

	deleteSources = `DELETE FROM login_failures WHERE ctid IN (SELECT ctid FROM login_failures WHERE forget_at <= $1 LIMIT $2)`

	// deleteCrowd takes what is beyond the bound of a table, those first that would be forgotten first.
	deleteCrowd = `DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures ORDER BY forget_at
		LIMIT (SELECT greatest(count(*) - $1::bigint, 0) FROM login_failures))`

	// MaxFailureSources bounds the table of failures to log in. To get a long wait deleted, as many others would have to have
	// failed as often.
	MaxFailureSources = 100_000

	KeepAnswersFor  = 48 * time.Hour // clients are promised a day for repeating a request
	KeepSessionsFor = 24 * time.Hour

	// MaxDeleted bounds one statement, and with it how long its locks are held.
	MaxDeleted = 2000
)

// inbox is for how long it is known which events were handled. A dead letter may be replayed for as long as it is kept, and
// what was handled of it must not count twice then.
func (c Config) inbox() time.Duration { return c.DeadLetters + time.Hour }

// prune deletes what is old: all of it, if the time allows, else more of it at the next tick.
func (s *Scheduler) prune(ctx context.Context, until time.Time) error {
	at := s.db.Moment()
	for statement, age := range map[string]time.Duration{
		deleteInbox: s.inbox(), deleteAnswers: KeepAnswersFor, deleteSessions: KeepSessionsFor,
		deleteDeadLetters: s.DeadLetters, deleteLinks: s.Links, deleteSources: 0,
	} {
		for more := true; more; more = more && s.db.Now().Before(until) {
			var err error
			if more, err = s.delete(ctx, statement, at.Add(-age)); err != nil {
				return fmt.Errorf("delete what is old: %w", err)
			}
		}
	}
	err := s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) { b.Queue(deleteCrowd, MaxFailureSources) })
	if err != nil {
		return fmt.Errorf("delete failures to log in: %w", err)
	}
	return nil
}

// delete reports whether there may be more.
func (s *Scheduler) delete(ctx context.Context, statement string, before time.Time) (more bool, err error) {
	err = s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		b.Queue(statement, before, MaxDeleted).Exec(func(tag pgconn.CommandTag) error {
			more = tag.RowsAffected() == MaxDeleted
			return nil
		})
	})
	return more, err
}
