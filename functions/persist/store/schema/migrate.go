package schema

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
)

// migrationLock is the key of the advisory lock under which one instance at a time migrates: "paraphe" in ASCII.
const migrationLock = 0x70617261706865

// lockWait is how long a migration waits for a table that another transaction holds, such as a backup's. While it
// waits, everybody else waits behind it.
const lockWait = "3s"

const (
	makeMigrations = `CREATE TABLE IF NOT EXISTS migrations (
		number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL,
		oldest integer NOT NULL DEFAULT 0 CHECK (oldest BETWEEN 0 AND number))`

	recordMigration = `INSERT INTO migrations (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)`

	// recordOldest follows the migrations: the column is made by one of them.
	recordOldest = `UPDATE migrations SET oldest = $2 WHERE number = $1`

	setRoles = `SELECT set_config('paraphe.serving_role', $1, true), set_config('paraphe.reading_role', $2, true),
		set_config('paraphe.backup_role', $3, true)`
)

// Migrate brings the database up to this release, as the tables' owner, and gives the other roles their rights. It is
// one transaction: others see all of it or nothing, a crash leaves nothing behind, and the lock works through a pooler
// too. Instances that start at once wait for each other. A release that is older than the database changes nothing.
func (r Release) Migrate(ctx context.Context, at dsn.Addresses, now func() time.Time) error {
	c, err := connectAsOwner(ctx, at.Owner)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return fmt.Errorf("wait for the other migrations: %w", err)
		}
		done, err := applied(ctx, tx)
		if err != nil || len(done) > r.Newest() {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', $1, true)`, lockWait); err != nil {
			return fmt.Errorf("bound the wait for locks: %w", err)
		}
		return r.bringUp(ctx, tx, at, done, now)
	})
}

// connectAsOwner keeps no prepared statements, which a pooler might give to another.
func connectAsOwner(ctx context.Context, at dsn.URL) (*pgx.Conn, error) {
	config, err := at.Pool()
	if err != nil {
		return nil, fmt.Errorf("MIGRATION_DATABASE_URL is malformed")
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	c, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("connect as the owner, with MIGRATION_DATABASE_URL: %w", err)
	}
	return c, nil
}

// applied returns the digests of the migrations that were run, by number.
func applied(ctx context.Context, tx pgx.Tx) (map[int]string, error) {
	done := map[int]string{}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.migrations') IS NOT NULL`).Scan(&there); err != nil || !there {
		return done, err
	}
	rows, err := tx.Query(ctx, `SELECT number, sha256 FROM migrations`)
	if err != nil {
		return nil, fmt.Errorf("read what was migrated: %w", err)
	}
	var number int
	var digest string
	_, err = pgx.ForEachRow(rows, []any{&number, &digest}, func() error { done[number] = digest; return nil })
	if err != nil {
		return nil, fmt.Errorf("read what was migrated: %w", err)
	}
	return done, nil
}

func (r Release) bringUp(ctx context.Context, tx pgx.Tx, at dsn.Addresses, done map[int]string, now func() time.Time) error {
	names, err := roles(ctx, tx, at)
	if err != nil {
		return err
	}
	if err := r.apply(ctx, tx, done, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, setRoles, names.serving, names.reading, names.backup); err != nil {
		return fmt.Errorf("name the roles: %w", err)
	}
	for _, s := range r.Rights {
		if _, err := tx.Exec(ctx, s.Text); err != nil {
			return fmt.Errorf("give the roles their rights (%s): %w", s.Name, err)
		}
	}
	return nil
}

// apply runs the migrations that were not run yet.
func (r Release) apply(ctx context.Context, tx pgx.Tx, done map[int]string, now func() time.Time) error {
	if len(done) == 0 {
		if _, err := tx.Exec(ctx, makeMigrations); err != nil {
			return fmt.Errorf("make the table of migrations: %w", err)
		}
	}
	for _, m := range r.Migrations {
		if digest, there := done[m.Number]; there {
			if digest != m.SHA256() {
				return fmt.Errorf("migration %s was edited after it had run", m.Name)
			}
			continue
		}
		_, err := tx.Exec(ctx, m.Text)
		if err == nil {
			_, err = tx.Exec(ctx, recordMigration, m.Number, m.Name, m.SHA256(), now().UTC())
		}
		if sqlstate.Is(err, sqlstate.LockNotAvailable, "") {
			return fmt.Errorf("migration %s: a backup or a long query holds what it changes; it is tried again: %w", m.Name, err)
		}
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.Name, err)
		}
	}
	return r.recordOldest(ctx, tx, done)
}

func (r Release) recordOldest(ctx context.Context, tx pgx.Tx, done map[int]string) error {
	for _, m := range r.Migrations {
		if _, there := done[m.Number]; there || m.oldest() == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, recordOldest, m.Number, m.oldest()); err != nil {
			return fmt.Errorf("migration %s: %w", m.Name, err)
		}
	}
	return nil
}
