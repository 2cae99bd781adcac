package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Counters is what a database has cost so far: figures that noise on the machine does not change.
type Counters struct {
	Commits  int64 // in this database
	WALBytes int64 // in the whole cluster
}

// Count reads the counters. PostgreSQL's processes hand theirs in with a delay of up to a second while they work,
// and when they are idle at once.
func Count(ctx context.Context, address string) (Counters, error) {
	var n Counters
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return n, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer c.Close(ctx)
	const sql = `SELECT xact_commit, pg_current_wal_lsn() - '0/0' FROM pg_stat_database WHERE datname = current_database()`
	if err := c.QueryRow(ctx, sql).Scan(&n.Commits, &n.WALBytes); err != nil {
		return n, fmt.Errorf("read PostgreSQL's counters: %w", err)
	}
	return n, nil
}
