package persist

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const readClock = `SELECT clock_timestamp()`

// databaseClock is the time by the database's clock, told by the difference to this pod's: due times, leases and lifetimes
// are written and compared by one clock, however much those of pods differ.
type databaseClock struct {
	own   func() time.Time
	fixed bool // a test's own clock is the only one
	ahead atomic.Int64
}

func (c *databaseClock) now() time.Time { return c.own().Add(time.Duration(c.ahead.Load())) }

// set takes the database's time, which was asked for between two moments of this pod's clock.
func (c *databaseClock) set(theirs, before, after time.Time) {
	if !c.fixed {
		c.ahead.Store(int64(theirs.Sub(before.Add(after.Sub(before) / 2))))
	}
}

// tellTime asks the database for the time, once a minute: clocks drift, and are set.
func (d *database) tellTime(ctx context.Context) error {
	var theirs time.Time
	before := d.clock.own()
	err := d.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(readClock).QueryRow(func(row pgx.Row) error { return row.Scan(&theirs) })
	})
	if err == nil {
		d.clock.set(theirs, before, d.clock.own())
	}
	return err
}
