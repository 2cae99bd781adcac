package accounts

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// insertSession is for whoever had the right password a moment ago: not if all that opens the account ended since.
	insertSession = `INSERT INTO sessions (digest, user_id, family, expires_at)
		SELECT $1, u.id, $3, $4 FROM users u WHERE u.id = $2 AND u.epoch = $5 AND NOT u.disabled`

	endFamily = `UPDATE sessions SET ended_at = $2 WHERE ended_at IS NULL
		AND family IN (SELECT family FROM sessions WHERE digest = $1 AND ($3 = '' OR user_id = $3))`

	readOthers = `SELECT EXISTS (SELECT FROM sessions WHERE digest = $1 AND $2 <> '' AND user_id <> $2)`
)

// StartSession keeps the first refresh token of a log-in, and with it what follows from the log-in: the failures of its
// source are forgotten, and the session ends whose cookie the new one takes the place of.
func (s *Store) StartSession(ctx context.Context, caller access.Caller, session persistclient.Session) error {
	var started int64
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(insertSession, session.Digest, session.User, session.Family, session.ExpiresAt, session.Epoch).Exec(func(tag pgconn.CommandTag) error {
			started = tag.RowsAffected()
			return nil
		})
		b.Queue(forgetFailures, session.Source)
		b.Queue(endFamily, session.Replaces, s.db.Moment(), "")
	})
	if err == nil && started == 0 {
		err = problem.SessionOver
	}
	return err
}

// EndSession ends the session of a refresh token, if it is this user's, where one is named.
func (s *Store) EndSession(ctx context.Context, caller access.Caller, digest, user string) error {
	var others bool
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(endFamily, digest, s.db.Moment(), user)
		b.Queue(readOthers, digest, user).QueryRow(func(row pgx.Row) error { return row.Scan(&others) })
	})
	if err == nil && others {
		err = problem.Forbidden
	}
	return err
}
