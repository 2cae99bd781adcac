package persist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/function"
)

// tripTimeout bounds one round trip, the wait for a connection included.
const tripTimeout = 10 * time.Second

// patience is how long the database may take, and how long it is left alone when nobody complains.
type patience struct{ trip, look time.Duration }

// database is PostgreSQL, once it is there and migrated.
type database struct {
	settings Settings
	release  release
	patience patience
	now      func() time.Time // by clock
	clock    *databaseClock
	log      *slog.Logger

	pool      atomic.Pointer[pgxpool.Pool] // nil while there is no database to work with
	why       atomic.Value                 // why there is none: the last error
	pooled    atomic.Bool                  // whether a pooler was met
	doubted   chan struct{}                // the pool was let go
	suspected chan struct{}                // a trip took too long

	cancel     context.CancelFunc
	background sync.WaitGroup
}

func newDatabase(s Settings, clock *databaseClock, log *slog.Logger) *database {
	return &database{settings: s, release: current(), patience: patience{tripTimeout, lookAgain}, now: clock.now, clock: clock, log: log,
		doubted: make(chan struct{}, 1), suspected: make(chan struct{}, 1)}
}

// trip sends statements in one round trip and as one transaction: all of them count, or none (PostgreSQL runs what
// comes before one Sync message as an implicit transaction, "Pipelining" in its protocol's chapter). The callbacks of
// the statements run when all were executed: what a callback returns undoes nothing.
func (d *database) trip(ctx context.Context, as caller, queue func(b *pgx.Batch)) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience.trip)
	defer cancel()
	b := &pgx.Batch{}
	as.announce(b)
	queue(b)
	return d.judge(pool, pool.SendBatch(ctx, b).Close())
}

// transact runs a transaction of several round trips, for what happens once a minute.
func (d *database) transact(ctx context.Context, as caller, do func(pgx.Tx) error) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience.trip)
	defer cancel()
	return d.judge(pool, pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		statement, args := as.acting()
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			return err
		}
		return do(tx)
	}))
}

func (d *database) connected() (*pgxpool.Pool, error) {
	if pool := d.pool.Load(); pool != nil {
		return pool, nil
	}
	return nil, function.Unavailable{Cause: d.ready(context.Background())}
}

// ready says why there is no database to work with, or nil. An instance that loses its database answers 503 until it
// could write to one again, and needs no restart.
func (d *database) ready(context.Context) error {
	if d.pool.Load() != nil {
		return nil
	}
	if why, ok := d.why.Load().(error); ok {
		return fmt.Errorf("no database: %w", why)
	}
	return errors.New("no database: still connecting")
}

// stop closes every connection.
func (d *database) stop(context.Context) error {
	if d.cancel != nil {
		d.cancel()
	}
	if pool := d.pool.Swap(nil); pool != nil {
		pool.Close()
	}
	d.background.Wait()
	if pool := d.pool.Swap(nil); pool != nil { // it was just being opened
		pool.Close()
	}
	return nil
}
