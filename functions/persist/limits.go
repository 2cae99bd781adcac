package persist

import (
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// mostCalls is how many calls may be asked for at once.
	mostCalls = 20
	// signatureService is the name under which the calls of the signature service are counted.
	signatureService = "signature"
)

const (
	// takeCalls grants calls if as many may begin at once (GCRA, with a burst of half a minute's calls), and else says
	// how long to wait. Every instance counts on this one row, by this database's clock.
	takeCalls = `WITH known AS (
			INSERT INTO limits (service, whole_at, blocked_until) VALUES (@service, clock_timestamp(), clock_timestamp())
			ON CONFLICT (service) DO UPDATE SET whole_at = greatest(limits.whole_at, clock_timestamp())
			RETURNING whole_at, blocked_until
		), costs AS (
			SELECT make_interval(secs => @calls * 60.0 / @rate) AS cost, make_interval(secs => 30) AS burst, clock_timestamp() AS now
		)
		SELECT extract(epoch FROM greatest(k.blocked_until - c.now, k.whole_at + c.cost - c.burst - c.now))::float8 FROM known k, costs c`

	spendCalls = `UPDATE limits SET whole_at = greatest(whole_at, clock_timestamp()) + make_interval(secs => @calls * 60.0 / @rate)
		WHERE service = @service AND blocked_until <= clock_timestamp()
			AND greatest(whole_at, clock_timestamp()) + make_interval(secs => @calls * 60.0 / @rate) <= clock_timestamp() + make_interval(secs => 30)`

	blockCalls = `INSERT INTO limits (service, whole_at, blocked_until)
		VALUES (@service, clock_timestamp(), clock_timestamp() + make_interval(secs => @after))
		ON CONFLICT (service) DO UPDATE SET blocked_until = greatest(limits.blocked_until, EXCLUDED.blocked_until)`
)

// queueCalls asks for calls of the signature service in the same round trip as the rest.
func (l *ledger) queueCalls(b *pgx.Batch, in persistclient.LeaseRequest, granted *persistclient.Lease) {
	if in.Calls == 0 || in.PerMinute == 0 {
		granted.Calls = in.Calls
		return
	}
	args := pgx.NamedArgs{"service": signatureService, "calls": in.Calls, "rate": in.PerMinute}
	b.Queue(takeCalls, args).QueryRow(func(row pgx.Row) error { return row.Scan(&granted.CallsWait) })
	q := b.Queue(spendCalls, args)
	q.Fn = func(br pgx.BatchResults) error {
		tag, err := br.Exec()
		if err == nil && tag.RowsAffected() > 0 {
			granted.Calls, granted.CallsWait = in.Calls, 0
		}
		return err
	}
}

// calls grants calls of the signature service outside of an attempt: for links, and for looking through all requests.
func (d *door) calls(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.LeaseRequest](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.check("calls", in.Calls >= 1 && in.Calls <= mostCalls, "must be 1 to 20")
	f.check("per_minute", in.PerMinute >= 0, "must be 0 or more")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	granted := persistclient.Lease{}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { d.ledger.queueCalls(b, in, &granted) })
	return ok(granted), err
}

// limited notes that the signature service asked to be left alone for a while, so that no instance calls it.
func (d *door) limited(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.CallsBlocked](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.check("after", in.After > 0 && in.After <= 3600, "must be more than 0 and at most 3600 seconds")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(blockCalls, pgx.NamedArgs{"service": signatureService, "after": in.After})
	})
	return answer{}, err
}
