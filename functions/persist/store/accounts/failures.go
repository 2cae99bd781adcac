package accounts

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/function"
)

// How long whoever failed to log in waits before the next try: not at all at first, then a second, and twice as long
// each time, up to a quarter of an hour. Nobody is locked out, and nobody waits for another's failures: a source is one
// device of an account's, or one network that tries one account (orchestrate says which). It has some 110 tries in its
// first day and 96 in each that follows.
const (
	FreeFailures = 4
	longestWait  = 15 * time.Minute

	RememberFew  = time.Hour      // failures that led to no wait
	RememberMany = 24 * time.Hour // those that did
)

const (
	// counting counts a failure of a source if what stands between its halves is so, unless the source has to wait: it
	// affects no row then.
	counting = `INSERT INTO login_failures AS f (key, failures, wait_until, forget_at)
		SELECT @source::text, 1, @now::timestamptz, @now::timestamptz + @few::interval WHERE `
	countingOn = `
		ON CONFLICT (key) DO UPDATE SET (failures, wait_until, forget_at) = (
			SELECT n.failures,
				@now::timestamptz + CASE WHEN n.failures > @free::integer
					THEN least(power(2, least(n.failures - @free::integer - 1, 30)) * interval '1 second', @longest::interval) ELSE interval '0' END,
				@now::timestamptz + CASE WHEN n.failures > @free::integer THEN @many::interval ELSE @few::interval END
			FROM (SELECT CASE WHEN f.forget_at <= @now::timestamptz THEN 1 ELSE f.failures + 1 END AS failures) n)
		WHERE f.wait_until <= @now::timestamptz`

	// countTry counts a try as failed before its password is looked at, so that many at once get no further than one after
	// the other. A success forgets it.
	countTry = counting + `true` + countingOn

	// What cannot be guessed is not kept from those who have it: it is looked for first, and only what was never given out
	// counts.
	countUnknownLink    = counting + `NOT EXISTS (SELECT FROM links WHERE digest = @secret)` + countingOn
	countUnknownSession = counting + `NOT EXISTS (SELECT FROM sessions WHERE digest = @secret)` + countingOn

	readWait = `SELECT wait_until FROM login_failures WHERE key = $1`

	forgetFailures = `DELETE FROM login_failures WHERE key = $1`
)

// count is a failure that was counted within a batch.
type count struct {
	now     time.Time
	until   time.Time // before which the source has to wait
	counted bool
}

// queue adds one of the statements above to a batch. A statement that looks for a secret is given it.
func (c *count) queue(b *pgx.Batch, statement, source string, secret ...string) {
	if source == "" {
		c.counted = true
		return
	}
	args := pgx.NamedArgs{
		"source": source, "now": c.now, "free": FreeFailures, "few": RememberFew, "many": RememberMany, "longest": longestWait,
	}
	for _, digest := range secret {
		args["secret"] = digest
	}
	b.Queue(statement, args).Exec(func(tag pgconn.CommandTag) error {
		c.counted = tag.RowsAffected() == 1
		return nil
	})
	b.Queue(readWait, source).QueryRow(func(row pgx.Row) error {
		if err := row.Scan(&c.until); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return nil
	})
}

// errTooMany is why whoever has to wait is to wait.
var errTooMany = errors.New("there were too many attempts")

// refused is why a try is not made, or a secret not even called wrong: its source has to wait.
func (c *count) refused() error {
	if c.counted || !c.until.After(c.now) {
		return nil
	}
	return function.Later{After: c.until.Sub(c.now), Cause: errTooMany}
}
