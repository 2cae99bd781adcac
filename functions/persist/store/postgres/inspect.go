package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
)

// inspect checks all that look does, and that every role can do what it is for and no more.
func (d *Database) inspect(ctx context.Context, pool *pgxpool.Pool) error {
	var roles func() error
	if err := d.lookWith(ctx, pool, func(b *pgx.Batch) { roles = schema.CheckRoles(b, d.Addresses) }); err != nil {
		return err
	}
	return roles()
}

// look checks that the database can be written to and that this program may work on it. It makes the first account if
// there is none.
func (d *Database) look(ctx context.Context, pool *pgxpool.Pool) error {
	return d.lookWith(ctx, pool, func(*pgx.Batch) {})
}

func (d *Database) lookWith(ctx context.Context, pool *pgxpool.Pool, queue func(*pgx.Batch)) error {
	ctx, cancel := context.WithTimeout(ctx, d.Timeouts.Batch)
	defer cancel()
	var theirs time.Time
	before := d.Clock.Own()
	b := &pgx.Batch{}
	SetRLSContext(b, access.Itself)
	b.Queue(readClock).QueryRow(func(row pgx.Row) error { return row.Scan(&theirs) })
	fits := d.Release.Check(b)
	queue(b)
	schema.Seed(b, d.Administrator, d.Clock.Now().UTC())
	if err := pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("look at the database of DATABASE_URL: %w", err)
	}
	d.Clock.set(theirs, before, d.Clock.Own())
	return fits()
}
