package persist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long to wait before connecting is tried again: doubled from the first to the last.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
)

// start connects beside the requests, and goes on trying for as long as the database is away.
func (d *database) start(ctx context.Context) error {
	ctx, d.cancel = context.WithCancel(ctx)
	d.done = make(chan struct{})
	go func() {
		defer close(d.done)
		for wait := firstWait; ; wait = min(2*wait, lastWait) {
			pool, err := d.connect(ctx)
			if err == nil {
				d.pool.Store(pool)
				return
			}
			d.why.Store(fmt.Errorf("%w", err)) // one concrete type, as atomic.Value asks
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				d.log.Warn("no database yet", "error", err.Error(), "again_in", wait.String())
			}
		}
	}()
	return nil
}

// connect returns a pool of connections to a migrated database. It tries to serve first and migrates only if that
// does not work: a start from zero then costs one connection, not two.
func (d *database) connect(ctx context.Context) (*pgxpool.Pool, error) {
	pool, err := d.serve(ctx)
	if err == nil || d.settings.Migration == "" || ctx.Err() != nil {
		return pool, err
	}
	if err := d.release.migrate(ctx, d.settings, d.now); err != nil {
		return nil, err
	}
	return d.serve(ctx)
}

// serve opens the pool and requires that the database can be worked with as it is.
func (d *database) serve(ctx context.Context) (*pgxpool.Pool, error) {
	config, err := d.settings.Database.pool()
	if err != nil {
		return nil, errors.New("DATABASE_URL is malformed")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := d.inspect(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

const (
	// readRelease tells how far the database was migrated, and which program is the oldest that may work on it. The
	// column for that is younger than the table.
	readRelease = `SELECT coalesce(max(number), 0), coalesce(max(coalesce((to_jsonb(m)->>'oldest')::integer, 0)), 0) FROM migrations m`

	// readPower tells whether row-level security would not bind this role, or the role could switch it off.
	readPower = `SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c
			WHERE c.relname = 'contracts' AND c.relnamespace = current_schema()::regnamespace AND pg_has_role(c.relowner, 'USAGE'))
		FROM pg_roles r WHERE r.rolname = current_user`

	// readReports tells whether the role for reports can read, or there is to be none. It is asked only where it could be
	// helped: reports are no reason not to serve.
	readReports = `SELECT $1::text = '' OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1 AND has_table_privilege(r.oid, 'contracts', 'SELECT'))`

	// seedAdministrator makes the first account; a second instance that does the same meets the index of addresses.
	seedAdministrator = `INSERT INTO users (id, email, name, role, locale, password_hash, created_at)
		SELECT $1, $2, 'Administrator', 'administrator', 'en', $3, $4 WHERE $2 <> '' AND NOT EXISTS (SELECT FROM users)
		ON CONFLICT DO NOTHING`
)

// inspect checks that every migration was made, that row-level security binds this role and that the one for reports is
// there, and makes the first account if there is none.
func (d *database) inspect(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, tripTimeout)
	defer cancel()
	var number, oldest int
	var powerful, reports bool
	first := d.settings.FirstAdministrator
	var theirs time.Time
	before := d.clock.own()
	b := &pgx.Batch{}
	itself.announce(b)
	b.Queue(readClock).QueryRow(func(row pgx.Row) error { return row.Scan(&theirs) })
	b.Queue(readRelease).QueryRow(func(row pgx.Row) error { return row.Scan(&number, &oldest) })
	b.Queue(readPower).QueryRow(func(row pgx.Row) error { return row.Scan(&powerful) })
	b.Queue(readReports, d.settings.readingRole()).QueryRow(func(row pgx.Row) error { return row.Scan(&reports) })
	b.Queue(seedAdministrator, newID(), first.Email, first.PasswordHash, d.now().UTC())
	if err := pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("look at the database of DATABASE_URL: %w", err)
	}
	d.clock.set(theirs, before, d.clock.own())
	newest := d.release.newest()
	if number < newest {
		return fmt.Errorf("the database stands at migration %d, this program needs %d", number, newest)
	}
	if oldest > newest {
		return fmt.Errorf("the database stands at migration %d, where only programs of migration %d or later can work; "+
			"this one is of %d: start a newer one", number, oldest, newest)
	}
	if powerful {
		return errors.New("row-level security does not bind the role of DATABASE_URL: it must be neither superuser nor the tables' owner")
	}
	if !reports {
		return errors.New("the role of READING_DATABASE_URL cannot read yet")
	}
	return nil
}
