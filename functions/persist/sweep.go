package persist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

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

// sweep says that it is time to look through the requests at the signature service, or to go on with that.
func (l *ledger) sweep(ctx context.Context, tick events.Event) ([]events.Event, error) {
	at := l.moment()
	var due events.SweepDue
	err := l.db.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(claimSweep, pgx.StrictNamedArgs{
			"service": signatureService, "at": at, "stalled": at.Add(-stalledAfter), "before": at.Add(-l.sweepEvery),
		}).QueryRow(func(row pgx.Row) error { return ignoreNoRows(row.Scan(&due.Number, &due.Cursor)) })
	})
	if err != nil || due.Number == 0 {
		return nil, err
	}
	e, err := events.Reply(tick, Manifest.Name, due)
	e.Time = at
	return []events.Event{e}, err
}

// mostSwept is how many requests one page may have; the service's pages have a hundred.
const mostSwept = 200

// swept takes a page of the list.
func (d *door) swept(r *http.Request, asks caller) (answer, error) {
	page, err := read[persistclient.SweptPage](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.check("number", page.Number > 0, "must be 1 or more")
	f.length("cursor", page.Cursor, 0, 1000)
	f.length("next", page.Next, 0, 1000)
	f.check("requests", len(page.Requests) <= mostSwept, fmt.Sprintf("must be at most %d", mostSwept))
	for i, q := range page.Requests {
		f.length(fmt.Sprintf("requests[%d].request", i), q.Request, 1, 100)
		f.length(fmt.Sprintf("requests[%d].external_id", i), q.ExternalID, 1, 255)
	}
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, d.ledger.swept(r.Context(), asks, page)
}

// swept counts a page and keeps what the record does not account for, both or neither. A page that another delivery has
// brought already counts no second time.
func (l *ledger) swept(ctx context.Context, asks caller, page persistclient.SweptPage) error {
	at := l.moment()
	found := int64(0)
	err := l.db.transact(ctx, asks, func(tx pgx.Tx) error {
		var begun time.Time
		err := tx.QueryRow(ctx, turnPage, pgx.StrictNamedArgs{
			"service": signatureService, "number": page.Number, "cursor": page.Cursor, "next": page.Next, "again": page.Again, "at": at,
		}).Scan(&begun)
		if errors.Is(err, pgx.ErrNoRows) {
			return conflict("The sweep does not wait for this page.")
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
		l.log.Warn("the signature service has requests that the record does not account for", "found", found)
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
		list[i] = namedRequest{events.DerivedID(signatureService, r.Request), r}
	}
	return list
}
