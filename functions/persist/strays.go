package persist

import (
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readStrays = `SELECT id, request, contract, attempt, on_record, state, created_at, found_at, seen_at, settled_at, '' FROM stray_requests
		WHERE settled_at IS NULL ORDER BY found_at DESC, id LIMIT $1`

	// readStray reads one to act on it. One that an attempt on record accounts for by now is none any more.
	readStray = `SELECT s.id, s.request, s.contract, s.attempt, s.on_record, s.state, s.created_at, s.found_at, s.seen_at, s.settled_at, s.external_id
		FROM stray_requests s WHERE s.id = $1 AND NOT EXISTS (SELECT FROM attempts a
			WHERE a.token_sha256 = encode(sha256(convert_to(s.external_id, 'UTF8')), 'hex') AND a.state IN ('opening', 'open'))`

	settleStray = `UPDATE stray_requests SET state = $2, settled_at = coalesce(settled_at, $3), settled_by = CASE WHEN settled_at IS NULL THEN $4 ELSE settled_by END
		WHERE id = $1`

	// straysShown is how many are listed, the newest first.
	straysShown = 200
)

// strays lists the requests that nobody has settled.
func (d *door) strays(r *http.Request, asks caller) (answer, error) {
	list := []persistclient.StrayRequest{}
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readStrays, straysShown).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list, rows, scanStray)
			return err
		})
	})
	return ok(list), err
}

// stray shows one of them; to orchestrate as itself with the sealed message by which the service finds it.
func (d *door) stray(r *http.Request, asks caller) (answer, error) {
	var s persistclient.StrayRequest
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readStray, r.PathValue("id")).Query(func(rows pgx.Rows) (err error) {
			s, err = pgx.CollectExactlyOneRow(rows, scanStray)
			return err
		})
	})
	if asks.Function != orchestrate {
		s.ExternalID = ""
	}
	return ok(s), err
}

func scanStray(row pgx.CollectableRow) (persistclient.StrayRequest, error) {
	var s persistclient.StrayRequest
	var settled *time.Time
	err := row.Scan(&s.ID, &s.Request, &s.Contract, &s.Attempt, &s.OnRecord, &s.State, &s.CreatedAt, &s.FoundAt, &s.SeenAt, &settled, &s.ExternalID)
	s.CreatedAt, s.FoundAt, s.SeenAt = s.CreatedAt.UTC(), s.FoundAt.UTC(), s.SeenAt.UTC()
	if settled != nil {
		s.SettledAt = settled.UTC()
	}
	return s, err
}

// settle notes what an administrator had done with one, and who it was. Twice is the same as once.
func (d *door) settle(r *http.Request, asks caller) (answer, error) {
	in, err := read[persistclient.Settled](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.length("state", string(in.State), 1, 32)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	changed := int64(0)
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		q := b.Queue(settleStray, r.PathValue("id"), string(in.State), d.ledger.moment(), asks.Subject)
		q.Fn = func(br pgx.BatchResults) error {
			tag, err := br.Exec()
			changed = tag.RowsAffected()
			return err
		}
	})
	if err == nil && changed == 0 {
		err = notFound
	}
	return answer{}, err
}
