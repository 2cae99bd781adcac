package persist

import (
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/function"
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

// sessionOver is the answer to whoever cannot go on.
var sessionOver = function.Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "The session is over."}

func sessionFaults(s persistclient.Session, now time.Time) error {
	var f faults
	f.form("digest", s.Digest, digestForm)
	f.length("family", s.Family, 1, 64)
	f.length("user", s.User, 1, 64)
	f.check("expires_at", s.ExpiresAt.After(now), "has passed")
	return f.err()
}

// startSession keeps the first refresh token of a log-in, and with it what follows from the log-in: the failures of its
// source are forgotten, and the session ends whose cookie the new one takes the place of.
func (d *door) startSession(r *http.Request, asks caller) (answer, error) {
	s, err := read[persistclient.Session](r)
	if err != nil {
		return answer{}, err
	}
	now := d.ledger.moment()
	if err := sessionFaults(s, now); err != nil {
		return answer{}, err
	}
	var started int64
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(insertSession, s.Digest, s.User, s.Family, s.ExpiresAt, s.Epoch).Exec(func(tag pgconn.CommandTag) error {
			started = tag.RowsAffected()
			return nil
		})
		b.Queue(forgetFailures, s.Source)
		b.Queue(endFamily, s.Replaces, now, "")
	})
	if err == nil && started == 0 {
		err = sessionOver
	}
	return answer{}, err
}

// endSession ends the session of a refresh token, if it is this user's, where one is named.
func (d *door) endSession(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Digest string `json:"digest"`
		User   string `json:"user"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var others bool
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(endFamily, in.Digest, d.ledger.moment(), in.User)
		b.Queue(readOthers, in.Digest, in.User).QueryRow(func(row pgx.Row) error { return row.Scan(&others) })
	})
	if err == nil && others {
		err = forbidden
	}
	return answer{}, err
}
