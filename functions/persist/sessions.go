package persist

import (
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

const (
	// insertSession is for whoever had the right password a moment ago: not if all that opens the account ended since.
	insertSession = `INSERT INTO sessions (digest, user_id, family, expires_at)
		SELECT $1, u.id, $3, $4 FROM users u WHERE u.id = $2 AND u.epoch = $5 AND NOT u.disabled`

	// rotate uses a refresh token up and puts the next of its family in its place. Of two copies at once one waits at
	// the row and then finds it used. A family that has one row that was ended is over: a successor that was being
	// written while its family ended was not seen by that, and opens nothing all the same.
	rotate = `WITH used AS (
			UPDATE sessions s SET used_at = @now FROM users u
			WHERE s.digest = @old AND s.used_at IS NULL AND s.ended_at IS NULL AND s.expires_at > @now
				AND u.id = s.user_id AND NOT u.disabled
				AND NOT EXISTS (SELECT FROM sessions e WHERE e.family = s.family AND e.ended_at IS NOT NULL)
			RETURNING s.user_id, s.family
		), next AS (
			INSERT INTO sessions (digest, user_id, family, expires_at) SELECT @next, user_id, family, @expires FROM used
		)
		SELECT u.id, coalesce(u.email, ''), u.name, u.role, u.locale, '', u.disabled, u.epoch,
			u.email_verified_at IS NOT NULL FROM used JOIN users u ON u.id = used.user_id`

	// endReused ends the family of a token that comes back after it was used: it was stolen, or its successor was
	// (RFC 9700 §4.14.2).
	endReused = `UPDATE sessions SET ended_at = $2 WHERE ended_at IS NULL
		AND family IN (SELECT family FROM sessions WHERE digest = $1 AND used_at IS NOT NULL)`

	endFamily = `UPDATE sessions SET ended_at = $2 WHERE ended_at IS NULL
		AND family IN (SELECT family FROM sessions WHERE digest = $1)`
)

// sessionOver is the answer to whoever cannot go on.
var sessionOver = function.Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "The session is over."}

func sessionFaults(s record.Session, now time.Time) error {
	var f faults
	f.form("digest", s.Digest, digestForm)
	f.length("family", s.Family, 1, 64)
	f.length("user", s.User, 1, 64)
	f.check("expires_at", s.ExpiresAt.After(now), "has passed")
	return f.err()
}

func (d *door) startSession(r *http.Request, asks caller) (answer, error) {
	s, err := read[record.Session](r)
	if err != nil {
		return answer{}, err
	}
	if err := sessionFaults(s, d.ledger.now()); err != nil {
		return answer{}, err
	}
	var started int64
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(insertSession, s.Digest, s.User, s.Family, s.ExpiresAt, s.Epoch).Exec(func(tag pgconn.CommandTag) error {
			started = tag.RowsAffected()
			return nil
		})
	})
	if err == nil && started == 0 {
		err = sessionOver
	}
	return answer{}, err
}

func (d *door) rotateSession(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Old  string         `json:"old"`
		Next record.Session `json:"next"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	now := d.ledger.moment()
	var f faults // user and family of the next one are those of the old one
	f.form("next.digest", in.Next.Digest, digestForm)
	f.check("next.expires_at", in.Next.ExpiresAt.After(now), "has passed")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	args := pgx.StrictNamedArgs{"old": in.Old, "next": in.Next.Digest, "expires": in.Next.ExpiresAt, "now": now}
	found, err := d.ledger.users(r, asks, rotate, args)
	if err != nil {
		return answer{}, err
	}
	if len(found) == 0 {
		return answer{}, d.denySession(r, asks, in.Old, now)
	}
	return ok(found[0]), nil
}

// denySession refuses a refresh token that is unknown, over or used.
func (d *door) denySession(r *http.Request, asks caller, digest string, now time.Time) error {
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { b.Queue(endReused, digest, now) })
	if err != nil {
		return err
	}
	return sessionOver
}

func (d *door) endSession(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Digest string `json:"digest"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { b.Queue(endFamily, in.Digest, d.ledger.moment()) })
	return answer{}, err
}
