package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// How often one session may be renewed: each renewal is a row that is kept until its token would have ended anyway. Every
// page that is opened renews once; nobody opens one a second.
const (
	RenewalsWithin = time.Minute
	RenewalsMost   = 60
	renewalsPause  = 10 * time.Second // before the next try
)

const (
	userOf = `u.id, coalesce(u.email, ''), u.name, u.role, u.locale, '', u.disabled, u.epoch, u.email_verified_at IS NOT NULL`

	// live is what has to be so of a session s of the user u. A family that has one row that was ended is over: a successor
	// that was being written while its family ended was not seen by that, and opens nothing all the same.
	live = `s.digest = @old AND s.ended_at IS NULL AND s.expires_at > @now AND u.id = s.user_id AND NOT u.disabled
		AND NOT EXISTS (SELECT FROM sessions e WHERE e.family = s.family AND e.ended_at IS NOT NULL)`

	// Rotate uses a refresh token up and puts the next of its family in its place. Of two copies at once one waits at
	// the row and then finds it used.
	Rotate = `WITH used AS (
			UPDATE sessions s SET used_at = @now, successor = @next FROM users u
			WHERE ` + live + ` AND s.used_at IS NULL
				AND (SELECT count(*) FROM sessions r WHERE r.family = s.family AND r.used_at > @recently) < @most
			RETURNING s.user_id, s.family
		), next AS (
			INSERT INTO sessions (digest, user_id, family, expires_at) SELECT @next, user_id, family, @expires FROM used
		)
		SELECT ` + userOf + ` FROM used JOIN users u ON u.id = used.user_id`

	// readChain follows a refresh token that was used a moment ago to the one that is in force by now. It comes after
	// rotate as a statement of its own: so it sees what another instance just wrote.
	readChain = `WITH RECURSIVE chain AS (
			SELECT s.successor AS digest, 1 AS step FROM sessions s, users u WHERE ` + live + ` AND s.used_at > @since
			UNION ALL
			SELECT n.successor, c.step + 1 FROM chain c JOIN sessions n ON n.digest = c.digest WHERE c.step <= @most
		)
		SELECT ` + userOf + `, (SELECT array_agg(digest ORDER BY step) FROM chain WHERE digest IS NOT NULL)
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.digest = @old AND EXISTS (SELECT FROM chain WHERE digest IS NOT NULL)`

	// endReused ends the family of a token that comes back after its time: it was stolen, or its successor was
	// (RFC 9700 §4.14.2).
	endReused = `WITH stolen AS (
			UPDATE sessions SET ended_at = @now WHERE ended_at IS NULL
				AND family IN (SELECT family FROM sessions WHERE digest = @old AND used_at <= @since)
			RETURNING user_id
		)
		SELECT coalesce((SELECT min(user_id) FROM stolen), '')`

	readEager = `SELECT EXISTS (SELECT FROM sessions s, users u WHERE ` + live + ` AND s.used_at IS NULL)`
)

// renewal is one refresh token that was presented.
type renewal struct {
	old, source string
	now, since  time.Time // since: a token that was used after it still leads to its successor
}

// RenewSession puts the next refresh token in the place of one that was presented, and returns who goes on with which.
func (s *Store) RenewSession(ctx context.Context, caller access.Caller, old string, next persistclient.Session, source string) (persistclient.Renewal, error) {
	now := s.db.Moment()
	one := renewal{old: old, source: source, now: now, since: now.Add(-s.RefreshReuse)}
	found, err := s.renew(ctx, caller, one, next)
	if err == nil && found == nil {
		err = s.denySession(ctx, caller, one)
	}
	if err != nil {
		return persistclient.Renewal{}, err
	}
	return *found, nil
}

// renew returns who goes on with which refresh token, or nil if nobody does. A token that was used within the interval
// leads to the same successor: the answer was lost, or two tabs used it at once. Another successor beside that one would
// be a session of its own, and whoever stole the token would never be noticed.
func (s *Store) renew(ctx context.Context, caller access.Caller, one renewal, next persistclient.Session) (*persistclient.Renewal, error) {
	args := pgx.NamedArgs{
		"old": one.old, "next": next.Digest, "expires": next.ExpiresAt, "now": one.now, "since": one.since,
		"recently": one.now.Add(-RenewalsWithin), "most": RenewalsMost,
	}
	fresh, again := &persistclient.Renewal{Digests: []string{next.Digest}}, &persistclient.Renewal{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(Rotate, args).QueryRow(func(row pgx.Row) error { return scanUserOr(&fresh, row) })
		b.Queue(readChain, args).QueryRow(func(row pgx.Row) error { return scanUserOr(&again, row, &again.Digests) })
	})
	if fresh != nil {
		return fresh, err
	}
	return again, err
}

// scanUserOr reads a row that begins with a user; without a row it sets found to nil.
func scanUserOr(found **persistclient.Renewal, row pgx.Row, more ...any) error {
	u := &(*found).User
	err := row.Scan(append([]any{&u.ID, &u.Email, &u.Name, &u.Role, &u.Locale, &u.PasswordHash, &u.Disabled, &u.Epoch, &u.EmailVerified}, more...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		*found = nil
		return nil
	}
	return err
}

// denySession says why a refresh token is refused: it is unknown, over, was used, or is used too often. A used one ends
// every session of its log-in.
func (s *Store) denySession(ctx context.Context, caller access.Caller, one renewal) error {
	args := pgx.NamedArgs{"old": one.old, "now": one.now, "since": one.since}
	unknown := count{now: one.now}
	var victim string
	var eager bool
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(endReused, args).QueryRow(func(row pgx.Row) error { return row.Scan(&victim) })
		b.Queue(readEager, args).QueryRow(func(row pgx.Row) error { return row.Scan(&eager) })
		unknown.queue(b, countUnknownSession, one.source, one.old)
	})
	switch {
	case err != nil:
		return err
	case victim != "":
		s.log.Warn("a refresh token was reused: all sessions of its log-in have been ended", "user", victim)
	case eager:
		return function.Later{After: renewalsPause, Cause: errTooMany}
	case unknown.refused() != nil:
		return unknown.refused()
	}
	return problem.SessionOver
}
