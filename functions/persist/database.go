package persist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/shared/function"
)

// tripTimeout bounds one round trip, the wait for a connection included.
const tripTimeout = 10 * time.Second

// database is PostgreSQL, once it is there and migrated.
type database struct {
	settings Settings
	release  release
	now      func() time.Time // by clock
	clock    *databaseClock
	log      *slog.Logger

	pool   atomic.Pointer[pgxpool.Pool]
	why    atomic.Value // the last error of connecting, while there is no pool
	cancel context.CancelFunc
	done   chan struct{}
}

func newDatabase(s Settings, clock *databaseClock, log *slog.Logger) *database {
	return &database{settings: s, release: current(), now: clock.now, clock: clock, log: log}
}

// trip sends statements in one round trip and as one transaction: all of them count, or none (PostgreSQL runs what
// comes before one Sync message as an implicit transaction, "Pipelining" in its protocol's chapter). The callbacks of
// the statements run when all were executed: what a callback returns undoes nothing.
func (d *database) trip(ctx context.Context, as caller, queue func(b *pgx.Batch)) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tripTimeout)
	defer cancel()
	b := &pgx.Batch{}
	as.announce(b)
	queue(b)
	return reachable(pool.SendBatch(ctx, b).Close())
}

// transact runs a transaction of several round trips, for what happens once a minute.
func (d *database) transact(ctx context.Context, as caller, do func(pgx.Tx) error) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tripTimeout)
	defer cancel()
	return reachable(pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
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

// ready says why the database is not there yet, or nil. Once it was there it says nil for good: an instance that
// loses its database for a while answers 503 and needs no restart.
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
		<-d.done
	}
	if pool := d.pool.Load(); pool != nil {
		pool.Close()
	}
	return nil
}
