package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
)

const (
	// How long to wait before connecting is tried again: doubled from the first to the last.
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// Start connects beside the requests, and goes on for as long as the function runs.
func (d *Database) Start(ctx context.Context) error {
	ctx, d.cancel = context.WithCancel(ctx)
	d.background.Go(func() {
		for ctx.Err() == nil {
			if d.establish(ctx) == nil {
				d.watch(ctx)
			}
		}
	})
	return nil
}

// establish tries until there is a database to work with. Its error is the context's.
func (d *Database) establish(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		pool, err := d.connect(ctx)
		if err == nil {
			d.pool.Store(pool)
			return nil
		}
		d.why.Store(fmt.Errorf("%w", err)) // one concrete type, as atomic.Value asks
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
			d.log.Warn("no database yet", "error", err.Error(), "again_in", wait.String())
		}
	}
}

// watch returns when the database has to be connected to anew, or at the end.
func (d *Database) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.doubted:
			return
		case <-d.suspected:
		case <-time.After(d.Timeouts.Look):
		}
		pool := d.pool.Load()
		if pool == nil {
			continue // let go a moment ago
		}
		if err := d.look(ctx, pool); err != nil && ctx.Err() == nil && !busy(pool, err) {
			d.doubt(pool, err)
		}
	}
}

// busy reports that nothing was received because everybody else is at work: that is no news of the server.
func busy(pool *pgxpool.Pool, err error) bool {
	s := pool.Stat()
	return errors.Is(err, context.DeadlineExceeded) && s.AcquiredConns() == s.MaxConns()
}

// doubt lets go of a pool whose server is gone or serves no more. Whoever asks is told so at once, until another server,
// or this one, was written to. No connection stays: those at work end with it.
func (d *Database) doubt(pool *pgxpool.Pool, err error) {
	d.why.Store(fmt.Errorf("%w", err))
	if !d.pool.CompareAndSwap(pool, nil) {
		return // somebody was faster
	}
	d.log.Warn("the connection to the database is lost; reconnecting", "error", err.Error())
	d.background.Go(pool.Close)
	select {
	case d.doubted <- struct{}{}:
	default:
	}
}

// connect returns a pool of connections to a migrated database. It tries to serve first and migrates only if that
// does not work: a start from zero then costs one connection, not two. If both fail because of the way to the database,
// the way is the trouble, and not that nothing could be migrated.
func (d *Database) connect(ctx context.Context) (*pgxpool.Pool, error) {
	pool, err := d.serve(ctx, true)
	if err == nil || d.Addresses.Owner == "" || ctx.Err() != nil {
		return pool, err
	}
	migration := d.Release.Migrate(ctx, d.Addresses, d.Clock.Now)
	if migration != nil && sqlstate.Transient(migration) && sqlstate.Transient(err) {
		return nil, err
	}
	if migration != nil {
		return nil, migration
	}
	return d.serve(ctx, false)
}

// serve opens the pool and requires that the database can be worked with as it is. Whether reports and backups can be
// made is asked only where it could be helped: it is no reason not to serve.
func (d *Database) serve(ctx context.Context, helped bool) (*pgxpool.Pool, error) {
	pool, err := d.open(ctx, helped)
	if errors.Is(err, errPooler) || sqlstate.StatementsMixedUp(err) {
		d.log.Info("the database is behind a connection pooler: prepared statements are not used")
		d.pooled.Store(true)
		pool, err = d.open(ctx, helped)
	}
	return pool, err
}

func (d *Database) open(ctx context.Context, helped bool) (*pgxpool.Pool, error) {
	config, err := d.Addresses.Serving.Pool()
	if err != nil {
		return nil, errors.New("DATABASE_URL is malformed")
	}
	d.configure(config.ConnConfig)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	err = d.inspect(ctx, pool)
	if !helped && errors.Is(err, schema.ErrOtherRoles) {
		d.log.Warn("serving all the same", "error", err.Error())
		err = nil
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// BehindPooler reports whether a pooler was met on the way to the server.
func (d *Database) BehindPooler() bool { return d.pooled.Load() }

// configure makes connections that are looked at before they are used, and that keep only what the way to the server allows.
func (d *Database) configure(c *pgx.ConnConfig) {
	c.Tracer = d.Tracer
	if d.Pooler == TransactionPooler || d.pooled.Load() {
		c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	c.ValidateConnect = admission{
		before: c.ValidateConnect, keepsStatements: c.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement,
		trusted: d.Pooler == NoPooler,
	}.admit
}
