// Package postgres connects to PostgreSQL and stays connected: it migrates, notices failovers, upgrades and poolers, and runs
// statements for a caller, as row-level security asks.
package postgres

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

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/function"
)

// Config is what is to be known of a database.
type Config struct {
	Addresses     dsn.Addresses
	Pooler        Pooler
	Administrator schema.Administrator // the first account
	Release       schema.Release
	Timeouts      Timeouts
	Tracer        pgx.QueryTracer // sees every statement; nil for none
}

// Timeouts are how long the database may take, and how long it is left alone when nobody complains.
type Timeouts struct {
	Batch time.Duration // one round trip or transaction, the wait for a connection included
	Look  time.Duration // a failover or an upgrade is noticed where nothing is asked for, too
}

// DefaultTimeouts are those of production.
var DefaultTimeouts = Timeouts{Batch: 10 * time.Second, Look: 30 * time.Second}

// Database is PostgreSQL, once it is there and migrated.
type Database struct {
	Config // not to be changed after Start
	*Clock
	log *slog.Logger

	pool      atomic.Pointer[pgxpool.Pool] // nil while there is no database to work with
	why       atomic.Value                 // why there is none: the last error
	pooled    atomic.Bool                  // whether a pooler was met
	doubted   chan struct{}                // the pool was let go
	suspected chan struct{}                // a batch took too long

	cancel     context.CancelFunc
	background sync.WaitGroup
}

// Open returns a database that connects when it is started.
func Open(c Config, clock *Clock, log *slog.Logger) *Database {
	return &Database{Config: c, Clock: clock, log: log, doubted: make(chan struct{}, 1), suspected: make(chan struct{}, 1)}
}

// Batch sends statements in one round trip and as one transaction: all of them count, or none (PostgreSQL runs what
// comes before one Sync message as an implicit transaction, "Pipelining" in its protocol's chapter). The callbacks of
// the statements run when all were executed: what a callback returns undoes nothing.
func (d *Database) Batch(ctx context.Context, as access.Caller, queue func(b *pgx.Batch)) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeouts.Batch)
	defer cancel()
	b := &pgx.Batch{}
	SetRLSContext(b, as)
	queue(b)
	return d.judge(pool, pool.SendBatch(ctx, b).Close())
}

// Tx runs a transaction of several round trips, for what is seldom done.
func (d *Database) Tx(ctx context.Context, as access.Caller, do func(pgx.Tx) error) error {
	pool, err := d.connected()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeouts.Batch)
	defer cancel()
	return d.judge(pool, pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := ActAs(ctx, tx, as); err != nil {
			return err
		}
		return do(tx)
	}))
}

func (d *Database) connected() (*pgxpool.Pool, error) {
	if pool := d.pool.Load(); pool != nil {
		return pool, nil
	}
	return nil, function.Unavailable{Cause: d.Ready(context.Background())}
}

// Ready says why there is no database to work with, or nil. An instance that loses its database answers 503 until it
// could write to one again, and needs no restart.
func (d *Database) Ready(context.Context) error {
	if d.pool.Load() != nil {
		return nil
	}
	if why, ok := d.why.Load().(error); ok {
		return fmt.Errorf("no database: %w", why)
	}
	return errors.New("no database: still connecting")
}

// Stop closes every connection.
func (d *Database) Stop(context.Context) error {
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

// judge tells trouble on the way to the database from what the database said, and lets go of the pool if its server is
// lost. One that only is silent is looked at.
func (d *Database) judge(pool *pgxpool.Pool, err error) error {
	switch {
	case err == nil:
		return nil
	case sqlstate.ConnectionLost(err):
		if sqlstate.StatementsMixedUp(err) {
			d.log.Warn("a connection pooler mixed up prepared statements: they are not used from now on (set DATABASE_POOLER=transaction)")
			d.pooled.Store(true)
		}
		d.doubt(pool, err)
	case errors.Is(err, context.DeadlineExceeded):
		select {
		case d.suspected <- struct{}{}:
		default:
		}
	}
	return unavailable(err)
}

// unavailable is for callers: what may pass is answered with 503, and nothing of it was written.
func unavailable(err error) error {
	if err == nil || !sqlstate.Transient(err) {
		return err
	}
	return function.Unavailable{Cause: err}
}
