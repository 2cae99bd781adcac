package persist

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What is forgotten after a while: what nobody can ask for again, and what nothing hangs on. The record itself, that is
// contracts and all that belongs to them, is never forgotten by itself.
const (
	forgetHeard   = `DELETE FROM heard WHERE ctid IN (SELECT ctid FROM heard WHERE at < $1 LIMIT $2)`
	forgetAnswers = `DELETE FROM idempotency WHERE ctid IN (SELECT ctid FROM idempotency WHERE created_at < $1 LIMIT $2)`
	// forgetSessions keeps them beyond their end.
	forgetSessions    = `DELETE FROM sessions WHERE ctid IN (SELECT ctid FROM sessions WHERE expires_at < $1 LIMIT $2)`
	forgetDeadLetters = `DELETE FROM dead_letters WHERE ctid IN (SELECT ctid FROM dead_letters WHERE at < $1 LIMIT $2)`
	// forgetLinks takes those that open nothing any more: see readLink.
	forgetLinks = `DELETE FROM links WHERE ctid IN (SELECT k.ctid FROM links k WHERE k.created_at < $1
		AND EXISTS (SELECT FROM history h WHERE h.contract = k.contract AND h.at < $1
			AND h.detail->>'status' IN ('completed', 'declined', 'expired', 'cancelled')) ORDER BY k.created_at LIMIT $2)`

	forgetSources = `DELETE FROM login_failures WHERE ctid IN (SELECT ctid FROM login_failures WHERE forget_at <= $1 LIMIT $2)`

	// forgetCrowd takes what is beyond the bound of a table, those first that would be forgotten first.
	forgetCrowd = `DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures ORDER BY forget_at
		LIMIT (SELECT greatest(count(*) - $1::bigint, 0) FROM login_failures))`

	keepAnswersFor  = 48 * time.Hour // clients are promised a day for repeating a request
	keepSessionsFor = 24 * time.Hour

	// forgottenAtATime bounds one statement, and with it how long its locks are held.
	forgottenAtATime = 2000
)

// memories say how long what is pruned is kept.
type memories struct{ deadLetters, links time.Duration }

// heard is for how long it is known what was heard. A dead letter may be replayed for as long as it is kept, and what was
// heard of it must not count twice then.
func (m memories) heard() time.Duration { return m.deadLetters + time.Hour }

// prune forgets what is old: all of it, if the time allows, else more of it at the next tick.
func (l *ledger) prune(ctx context.Context, until time.Time) error {
	at := l.moment()
	for statement, age := range map[string]time.Duration{
		forgetHeard: l.keep.heard(), forgetAnswers: keepAnswersFor, forgetSessions: keepSessionsFor,
		forgetDeadLetters: l.keep.deadLetters, forgetLinks: l.keep.links, forgetSources: 0,
	} {
		for more := true; more; more = more && l.now().Before(until) {
			var err error
			if more, err = l.forget(ctx, statement, at.Add(-age)); err != nil {
				return fmt.Errorf("forget what is old: %w", err)
			}
		}
	}
	err := l.db.trip(ctx, itself, func(b *pgx.Batch) { b.Queue(forgetCrowd, rememberedSources) })
	if err != nil {
		return fmt.Errorf("forget failures to log in: %w", err)
	}
	return nil
}

// forget reports whether there may be more.
func (l *ledger) forget(ctx context.Context, statement string, before time.Time) (more bool, err error) {
	err = l.db.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(statement, before, forgottenAtATime).Exec(func(tag pgconn.CommandTag) error {
			more = tag.RowsAffected() == forgottenAtATime
			return nil
		})
	})
	return more, err
}
