package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Counters is what a PostgreSQL has cost so far, all its databases together: figures that noise on the machine does
// not change.
type Counters struct {
	Writes   int64 // transactions that wrote: only those are given a number
	WALBytes int64
}

// Count reads the counters.
func Count(ctx context.Context, address string) (Counters, error) {
	var n Counters
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return n, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	const sql = `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, (pg_current_wal_lsn() - '0/0')::bigint`
	if err := c.QueryRow(ctx, sql).Scan(&n.Writes, &n.WALBytes); err != nil {
		return n, fmt.Errorf("read PostgreSQL's counters: %w", err)
	}
	return n, nil
}
