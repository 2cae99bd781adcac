package signature

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// stalledAfter is after how long without a page a sweep is asked to go on: a tick later. A page that is still under way
	// then is counted once.
	stalledAfter = 50 * time.Second
	// settledFor is for how long an attempt must have rested on record before an open request of it is a stray: the page
	// that shows it open is older than that.
	settledFor = 10 * time.Minute
)

const (
	// claimSweep begins a sweep if it is time, or takes up the one that stalled. The first begins a whole while after the
	// record was made: there is nothing to find before.
	claimSweep = `INSERT INTO sweeps AS s (service, number, begun_at, asked_at, ended_at) VALUES (@service, 0, @at, @at, @at)
		ON CONFLICT (service) DO UPDATE SET asked_at = @at, ended_at = NULL,
			number = CASE WHEN s.ended_at IS NULL THEN s.number ELSE s.number + 1 END,
			cursor = CASE WHEN s.ended_at IS NULL THEN s.cursor ELSE '' END,
			begun_at = CASE WHEN s.ended_at IS NULL THEN s.begun_at ELSE @at END
		WHERE s.ended_at IS NULL AND s.asked_at <= @stalled OR s.ended_at IS NOT NULL AND s.begun_at <= @before
		RETURNING number, cursor`

	// turnPage counts a page if it is the one that the sweep waits for, and returns when the sweep began.
	turnPage = `UPDATE sweeps SET cursor = @next, asked_at = @at, ended_at = CASE WHEN @next = '' AND NOT @again THEN @at::timestamptz END
		WHERE service = @service AND number = @number AND cursor = @cursor AND ended_at IS NULL RETURNING begun_at`

	// keepStrays keeps those requests of a page that the record does not account for. One that was settled is to be looked
	// at again if it stands otherwise by now.
	keepStrays = `INSERT INTO stray_requests AS s (id, request, external_id, contract, attempt, on_record, state, created_at, found_at, seen_at)
		SELECT r.id, r.request, r.external_id, r.contract, r.attempt, a.contract IS NOT NULL, r.state, r.created, @at, @at
		FROM jsonb_to_recordset(@requests) AS r (id text, request text, external_id text, contract text, attempt integer, state text, created timestamptz)
			LEFT JOIN attempts a ON a.token_sha256 = encode(sha256(convert_to(r.external_id, 'UTF8')), 'hex')
			LEFT JOIN contracts c ON c.id = a.contract
		WHERE a.contract IS NULL AND r.state IN ('ongoing', 'done')
			OR r.state = 'ongoing' AND a.state IN ('closed', 'never_opened') AND c.updated_at < @rested
		ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at, state = EXCLUDED.state, on_record = EXCLUDED.on_record,
			settled_at = CASE WHEN s.state = EXCLUDED.state THEN s.settled_at END`

	// forgetStrays drops what the whole list showed no more.
	forgetStrays = `DELETE FROM stray_requests WHERE seen_at < @begun`
)

// ClaimSweep returns which sweep is to begin or to go on, and from where; number 0 if it is not time. A sweep begins when the
// last one began so long ago.
func (s *Store) ClaimSweep(ctx context.Context, every time.Duration) (due events.SweepDue, err error) {
	at := s.db.Moment()
	err = s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		b.Queue(claimSweep, pgx.StrictNamedArgs{
			"service": service, "at": at, "stalled": at.Add(-stalledAfter), "before": at.Add(-every),
		}).QueryRow(func(row pgx.Row) error { return postgres.IgnoreNoRows(row.Scan(&due.Number, &due.Cursor)) })
	})
	return due, err
}

// MaxSwept is how many requests one page may have; the service's pages have a hundred.
const MaxSwept = 200

// TakePage counts a page and keeps what the record does not account for, both or neither. A page that another delivery has
// brought already counts no second time.
func (s *Store) TakePage(ctx context.Context, caller access.Caller, page persistclient.SweptPage) error {
	at := s.db.Moment()
	found := int64(0)
	err := s.db.Tx(ctx, caller, func(tx pgx.Tx) error {
		var begun time.Time
		err := tx.QueryRow(ctx, turnPage, pgx.StrictNamedArgs{
			"service": service, "number": page.Number, "cursor": page.Cursor, "next": page.Next, "again": page.Again, "at": at,
		}).Scan(&begun)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.Conflict("The sweep does not wait for this page.")
		}
		if err != nil || page.Again {
			return err
		}
		kept, err := tx.Exec(ctx, keepStrays, pgx.StrictNamedArgs{"requests": withIDs(page.Requests), "at": at, "rested": at.Add(-settledFor)})
		if found = kept.RowsAffected(); err != nil || page.Next != "" {
			return err
		}
		_, err = tx.Exec(ctx, forgetStrays, pgx.StrictNamedArgs{"begun": begun})
		return err
	})
	if found > 0 && err == nil {
		s.log.Warn("the signature service has requests that the record does not account for", "found", found)
	}
	if err != nil {
		return fmt.Errorf("take page %q of sweep %d: %w", page.Cursor, page.Number, err)
	}
	return nil
}

// namedRequest is a request with the name that it has here: the service's ids have a form of their own.
type namedRequest struct {
	ID string `json:"id"`
	persistclient.SweptRequest
}

func withIDs(requests []persistclient.SweptRequest) []namedRequest {
	list := make([]namedRequest, len(requests))
	for i, r := range requests {
		list[i] = namedRequest{events.DerivedID(service, r.Request), r}
	}
	return list
}
