package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
)

const readClock = `SELECT clock_timestamp()`

// Clock is the time by the database's clock, told by the difference to this pod's: due times, leases and lifetimes
// are written and compared by one clock, however much those of pods differ.
type Clock struct {
	Own   func() time.Time
	Fixed bool // Own is the only clock, as in tests
	ahead atomic.Int64
}

// Now is the present by the database's clock.
func (c *Clock) Now() time.Time { return c.Own().Add(time.Duration(c.ahead.Load())) }

// set takes the database's time, which was asked for between two moments of this pod's clock.
func (c *Clock) set(theirs, before, after time.Time) {
	if !c.Fixed {
		c.ahead.Store(int64(theirs.Sub(before.Add(after.Sub(before) / 2))))
	}
}

// Moment is the present as PostgreSQL keeps it, so that what is read back equals what was hashed.
func (c *Clock) Moment() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// ReadClock asks the database for the time, once a minute: clocks drift, and are set.
func (d *Database) ReadClock(ctx context.Context) error {
	var theirs time.Time
	before := d.Clock.Own()
	err := d.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		b.Queue(readClock).QueryRow(func(row pgx.Row) error { return row.Scan(&theirs) })
	})
	if err == nil {
		d.Clock.set(theirs, before, d.Clock.Own())
	}
	return err
}
