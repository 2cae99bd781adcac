package persist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// longestLease bounds for how long one instance may have an attempt to itself: longer than one delivery of an event.
const longestLease = 2 * time.Minute

const (
	// takeLease gives the attempt to one instance at a time. An attempt is opened only while its contract waits for
	// that and nobody wants it cancelled, so whoever withdraws it later knows by acted_at when opening last went on. A
	// lease that lapsed while it was being opened counts as acted upon until its end.
	takeLease = `WITH old AS (
			SELECT a.*, greatest(a.acted_at, CASE WHEN a.lease_act = 'open' THEN a.lease_until END) AS last_act
			FROM attempts a JOIN contracts c ON c.id = a.contract
			WHERE a.contract = @id AND a.number = @number AND (a.lease_until IS NULL OR a.lease_until <= clock_timestamp())
				AND (@act <> 'open' OR c.status = 'preparing' AND c.snapshot ? 'document' AND NOT c.snapshot ? 'cancel_wanted'
					AND c.snapshot->'request'->>'state' = 'opening' AND (c.snapshot->'request'->>'attempt')::integer = a.number)
			FOR UPDATE OF a
		), taken AS (
			UPDATE attempts a SET holder = @holder, lease_act = @act, lease_until = clock_timestamp() + @for::interval,
				acted_at = old.last_act,
				begun_at = CASE WHEN @act = 'open' THEN coalesce(old.begun_at, clock_timestamp()) ELSE old.begun_at END
			FROM old WHERE a.contract = old.contract AND a.number = old.number
			RETURNING old.begun_at IS NOT NULL AS begun, old.request_id,
				coalesce(extract(epoch FROM clock_timestamp() - coalesce(old.last_act, old.begun_at)), 0)::float8 AS quiet
		)
		SELECT begun, request_id, quiet FROM taken`

	// readLease says for how long the attempt is still somebody else's; nothing if there is no such attempt.
	readLease = `SELECT greatest(0, extract(epoch FROM lease_until - clock_timestamp()))::float8 FROM attempts
		WHERE contract = @id AND number = @number`

	noteRequest = `UPDATE attempts SET request_id = @request
		WHERE contract = @id AND number = @number AND holder = @holder AND request_id IN ('', @request)`

	releaseLease = `UPDATE attempts SET lease_until = NULL, acted_at = CASE WHEN lease_act = 'open' THEN clock_timestamp() ELSE acted_at END
		WHERE contract = @id AND number = @number AND holder = @holder`
)

// lease answers with how the contract stands, and gives orchestrate an attempt to itself where it is to act on it. A
// look needs none.
func (d *door) lease(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.LeaseRequest](r)
	if err != nil {
		return answer{}, err
	}
	number, err := attemptNumber(r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.check("act", in.Act == persistclient.ActOpen || in.Act == persistclient.ActWithdraw || in.Act == persistclient.ActFetch || in.Act == persistclient.ActLook,
		"is not one of open, withdraw, fetch, look")
	f.check("for", in.For > 0 && in.For <= longestLease.Seconds(), fmt.Sprintf("must be more than 0 and at most %g seconds", longestLease.Seconds()))
	f.check("calls", in.Calls >= 0 && in.Calls <= mostCalls, fmt.Sprintf("must be 0 to %d", mostCalls))
	if err := f.err(); err != nil {
		return answer{}, err
	}
	l, err := d.ledger.lease(r.Context(), asks, contract.ID(r.PathValue("id")), number, in)
	return ok(l), err
}

func attemptNumber(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 {
		return 0, notFound
	}
	return n, nil
}

// lease takes a lease if one is needed and nobody has it, then reads the contract as it stands behind it.
func (l *ledger) lease(ctx context.Context, asks caller, id contract.ID, number int, in persistclient.LeaseRequest) (persistclient.Lease, error) {
	granted := persistclient.Lease{Holder: newID()}
	args := pgx.NamedArgs{
		"id": string(id), "number": number, "act": in.Act, "holder": granted.Holder, "for": fmt.Sprintf("%f seconds", in.For),
	}
	known := false
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		if in.Act != persistclient.ActLook {
			b.Queue(takeLease, args).QueryRow(func(row pgx.Row) error {
				err := row.Scan(&granted.Begun, &granted.RequestID, &granted.Quiet)
				granted.Granted = err == nil
				return ignoreNoRows(err)
			})
		}
		b.Queue(readLease, args).QueryRow(func(row pgx.Row) error {
			var left *float64
			err := row.Scan(&left)
			if known = err == nil; left != nil && !granted.Granted {
				granted.Wait = *left
			}
			return ignoreNoRows(err)
		})
		l.queueCalls(b, in, &granted)
		b.Queue(readView, string(id)).QueryRow(func(row pgx.Row) (err error) {
			granted.View, err = scanView(row, asks)
			return err
		})
	})
	if err == nil && !known {
		err = notFound
	}
	if err != nil {
		return persistclient.Lease{}, fmt.Errorf("take attempt %d of contract %s: %w", number, id, err)
	}
	return granted, nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// noteRequest keeps the id of the request that the service has just made, before anything more is done with it.
func (d *door) noteRequest(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.NotedRequest](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.length("request", in.Request, 1, 100)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	changed, err := d.held(r, asks, noteRequest, in.Holder, in.Request)
	if err == nil && changed == 0 {
		err = conflict("The attempt is another's by now, or has another request.")
	}
	return answer{}, err
}

// release gives an attempt back before its lease lapses. If it is another's by now, that changes nothing.
func (d *door) release(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.NotedRequest](r)
	if err != nil {
		return answer{}, err
	}
	_, err = d.held(r, asks, releaseLease, in.Holder, "")
	return answer{}, err
}

// held runs a statement about an attempt that the caller holds, and returns how many rows it changed.
func (d *door) held(r *http.Request, asks caller, statement, holder, request string) (changed int64, err error) {
	number, err := attemptNumber(r)
	if err != nil {
		return 0, err
	}
	args := pgx.NamedArgs{"id": r.PathValue("id"), "number": number, "holder": holder, "request": request}
	batch := &pgx.QueuedQuery{}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		batch = b.Queue(statement, args)
		batch.Fn = func(br pgx.BatchResults) error {
			tag, err := br.Exec()
			changed = tag.RowsAffected()
			return err
		}
	})
	return changed, err
}
