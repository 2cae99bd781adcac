package signature

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// MaxCalls is how many calls may be asked for at once.
	MaxCalls = 20
	// service is the name under which the calls of the signature service are counted.
	service = "signature"
)

const (
	// takeCalls grants calls if as many may begin at once (GCRA, with a burst of half a minute's calls), and else says
	// how long to wait. Every instance counts on this one row, by this database's clock.
	takeCalls = `WITH known AS (
			INSERT INTO rate_limits (service, whole_at, blocked_until) VALUES (@service, clock_timestamp(), clock_timestamp())
			ON CONFLICT (service) DO UPDATE SET whole_at = greatest(rate_limits.whole_at, clock_timestamp())
			RETURNING whole_at, blocked_until
		), costs AS (
			SELECT make_interval(secs => @calls * 60.0 / @rate) AS cost, make_interval(secs => 30) AS burst, clock_timestamp() AS now
		)
		SELECT extract(epoch FROM greatest(k.blocked_until - c.now, k.whole_at + c.cost - c.burst - c.now))::float8 FROM known k, costs c`

	spendCalls = `UPDATE rate_limits SET whole_at = greatest(whole_at, clock_timestamp()) + make_interval(secs => @calls * 60.0 / @rate)
		WHERE service = @service AND blocked_until <= clock_timestamp()
			AND greatest(whole_at, clock_timestamp()) + make_interval(secs => @calls * 60.0 / @rate) <= clock_timestamp() + make_interval(secs => 30)`

	blockCalls = `INSERT INTO rate_limits (service, whole_at, blocked_until)
		VALUES (@service, clock_timestamp(), clock_timestamp() + make_interval(secs => @after))
		ON CONFLICT (service) DO UPDATE SET blocked_until = greatest(rate_limits.blocked_until, EXCLUDED.blocked_until)`
)

// queueCalls asks for calls of the signature service in the same round trip as the rest.
func queueCalls(b *pgx.Batch, in persistclient.LeaseRequest, granted *persistclient.Lease) {
	if in.Calls == 0 || in.PerMinute == 0 {
		granted.Calls = in.Calls
		return
	}
	args := pgx.NamedArgs{"service": service, "calls": in.Calls, "rate": in.PerMinute}
	b.Queue(takeCalls, args).QueryRow(func(row pgx.Row) error { return row.Scan(&granted.CallsWait) })
	b.Queue(spendCalls, args).Exec(func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() > 0 {
			granted.Calls, granted.CallsWait = in.Calls, 0
		}
		return nil
	})
}

// Calls grants calls of the signature service outside of an attempt: for links, and for looking through all requests.
func (s *Store) Calls(ctx context.Context, caller access.Caller, in persistclient.LeaseRequest) (granted persistclient.Lease, err error) {
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) { queueCalls(b, in, &granted) })
	return granted, err
}

// BlockCalls notes that the signature service asked to be left alone for so many seconds, so that no instance calls it.
func (s *Store) BlockCalls(ctx context.Context, caller access.Caller, seconds float64) error {
	return s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(blockCalls, pgx.NamedArgs{"service": service, "after": seconds})
	})
}
