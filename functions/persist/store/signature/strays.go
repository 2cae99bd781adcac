package signature

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
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

	// maxStraysListed is how many are listed, the newest first.
	maxStraysListed = 200
)

// Strays lists the requests that nobody has settled.
func (s *Store) Strays(ctx context.Context, caller access.Caller) ([]persistclient.StrayRequest, error) {
	list := []persistclient.StrayRequest{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readStrays, maxStraysListed).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list, rows, scanStray)
			return err
		})
	})
	return list, err
}

// Stray returns one of them; to orchestrate as itself with the sealed message by which the service finds it.
func (s *Store) Stray(ctx context.Context, caller access.Caller, id string) (stray persistclient.StrayRequest, err error) {
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readStray, id).Query(func(rows pgx.Rows) (err error) {
			stray, err = pgx.CollectExactlyOneRow(rows, scanStray)
			return err
		})
	})
	if caller.Function != access.Orchestrate {
		stray.ExternalID = ""
	}
	return stray, err
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

// Settle notes what an administrator had done with one, and who it was. Twice is the same as once.
func (s *Store) Settle(ctx context.Context, caller access.Caller, id string, in persistclient.Settled) error {
	changed := int64(0)
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(settleStray, id, string(in.State), s.db.Moment(), caller.Subject).Exec(func(tag pgconn.CommandTag) error {
			changed = tag.RowsAffected()
			return nil
		})
	})
	if err == nil && changed == 0 {
		err = problem.NotFound
	}
	return err
}
