// Package signature keeps what orchestrate needs on its way to the signature service: who works on an attempt, how many calls
// may be made, and which requests there no attempt accounts for.
package signature

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// LongestLease bounds for how long one instance may have an attempt to itself: longer than one delivery of an event.
const LongestLease = 2 * time.Minute

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

// Store keeps leases, calls, sweeps and stray requests.
type Store struct {
	db  *postgres.Database
	log *slog.Logger
}

// New returns a store in this database.
func New(db *postgres.Database, log *slog.Logger) *Store {
	return &Store{db: db, log: log}
}

// Lease takes a lease if one is needed and nobody has it, then reads the contract as it stands behind it.
func (s *Store) Lease(ctx context.Context, caller access.Caller, id contract.ID, number int, in persistclient.LeaseRequest) (persistclient.Lease, error) {
	granted := persistclient.Lease{Holder: ids.New()}
	args := pgx.NamedArgs{
		"id": string(id), "number": number, "act": in.Act, "holder": granted.Holder, "for": fmt.Sprintf("%f seconds", in.For),
	}
	known := false
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		if in.Act != persistclient.ActLook {
			b.Queue(takeLease, args).QueryRow(func(row pgx.Row) error {
				err := row.Scan(&granted.Begun, &granted.RequestID, &granted.Quiet)
				granted.Granted = err == nil
				return postgres.IgnoreNoRows(err)
			})
		}
		b.Queue(readLease, args).QueryRow(func(row pgx.Row) error {
			var left *float64
			err := row.Scan(&left)
			if known = err == nil; left != nil && !granted.Granted {
				granted.Wait = *left
			}
			return postgres.IgnoreNoRows(err)
		})
		queueCalls(b, in, &granted)
		b.Queue(views.Read, string(id)).QueryRow(func(row pgx.Row) (err error) {
			granted.View, err = views.Scan(row, caller)
			return err
		})
	})
	if err == nil && !known {
		err = problem.NotFound
	}
	if err != nil {
		return persistclient.Lease{}, fmt.Errorf("take attempt %d of contract %s: %w", number, id, err)
	}
	return granted, nil
}

// NoteRequest keeps the id of the request that the service has just made, before anything more is done with it.
func (s *Store) NoteRequest(ctx context.Context, caller access.Caller, id contract.ID, number int, in persistclient.LeasedRequest) error {
	changed, err := s.held(ctx, caller, noteRequest, id, number, in)
	if err == nil && changed == 0 {
		err = problem.Conflict("The lease of this attempt is no longer valid, or the attempt has another request.")
	}
	return err
}

// Release gives an attempt back before its lease lapses. If it is another's by now, that changes nothing.
func (s *Store) Release(ctx context.Context, caller access.Caller, id contract.ID, number int, holder string) error {
	_, err := s.held(ctx, caller, releaseLease, id, number, persistclient.LeasedRequest{Holder: holder})
	return err
}

// held runs a statement about an attempt that the caller holds, and returns how many rows it changed.
func (s *Store) held(ctx context.Context, caller access.Caller, statement string, id contract.ID, number int, in persistclient.LeasedRequest) (changed int64, err error) {
	args := pgx.NamedArgs{"id": string(id), "number": number, "holder": in.Holder, "request": in.Request}
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(statement, args).Exec(func(tag pgconn.CommandTag) error { changed = tag.RowsAffected(); return nil })
	})
	return changed, err
}
