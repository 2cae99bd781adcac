package persist

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// migrationFiles are numbered NNNN_what.sql, from 0001 without gaps. Each runs once and is never edited afterwards.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// grants and readingGrants say what the two roles may do that are not the owner.
//
//go:embed grants.sql
var grants string

//go:embed reading.sql
var readingGrants string

// migrationLock is the key of the advisory lock under which one instance at a time migrates: "paraphe" in ASCII.
const migrationLock = 0x70617261706865

const makeMigrations = `CREATE TABLE IF NOT EXISTS migrations (
	number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL)`

type migration struct {
	number int
	name   string
	text   string
}

func (m migration) digest() string {
	sum := sha256.Sum256([]byte(m.text))
	return hex.EncodeToString(sum[:])
}

// migrate brings the database up to this program, as the tables' owner, and gives the other roles their rights.
// Instances that start at once wait for each other. The lock belongs to the connection: a crash releases it.
func migrate(ctx context.Context, s Settings, now func() time.Time) error {
	c, err := pgx.Connect(ctx, string(s.Migration))
	if err != nil {
		return fmt.Errorf("connect as the owner, with MIGRATION_DATABASE_URL: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for the other migrations: %w", err)
	}
	serving, reading, err := roles(ctx, c, s)
	if err != nil {
		return err
	}
	if err := apply(ctx, c, now); err != nil {
		return err
	}
	return grant(ctx, c, serving, reading)
}

// apply runs the migrations that were not run yet, each in a transaction with its record.
func apply(ctx context.Context, c *pgx.Conn, now func() time.Time) error {
	if _, err := c.Exec(ctx, makeMigrations); err != nil {
		return fmt.Errorf("make the table of migrations: %w", err)
	}
	done, err := applied(ctx, c)
	if err != nil {
		return err
	}
	for _, m := range migrations() {
		if digest, there := done[m.number]; there {
			if digest != m.digest() {
				return fmt.Errorf("migration %s was edited after it had run", m.name)
			}
			continue
		}
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, m.text); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO migrations (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)`,
				m.number, m.name, m.digest(), now().UTC())
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// applied returns the digests of the migrations that were run, by number.
func applied(ctx context.Context, c *pgx.Conn) (map[int]string, error) {
	rows, err := c.Query(ctx, `SELECT number, sha256 FROM migrations`)
	if err != nil {
		return nil, fmt.Errorf("read what was migrated: %w", err)
	}
	done := map[int]string{}
	var number int
	var digest string
	_, err = pgx.ForEachRow(rows, []any{&number, &digest}, func() error { done[number] = digest; return nil })
	if err != nil {
		return nil, fmt.Errorf("read what was migrated: %w", err)
	}
	return done, nil
}

const setRoles = `SELECT set_config('paraphe.serving_role', $1, true), set_config('paraphe.reading_role', $2, true)`

func grant(ctx context.Context, c *pgx.Conn, serving, reading string) error {
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, setRoles, serving, reading); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, grants); err != nil {
			return fmt.Errorf("give the role %q its rights: %w", serving, err)
		}
		if _, err := tx.Exec(ctx, readingGrants); err != nil {
			return fmt.Errorf("let the role %q read: %w", reading, err)
		}
		return nil
	})
}

// migrations lists the embedded ones in order. Their names are constants of this program and checked by a test.
func migrations() []migration {
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is well formed; the names come sorted
	list := make([]migration, 0, len(names))
	for _, name := range names {
		text, _ := fs.ReadFile(migrationFiles, name) // embedded, so it is there
		name = strings.TrimPrefix(name, "migrations/")
		digits, _, _ := strings.Cut(name, "_")
		number, _ := strconv.Atoi(digits)
		list = append(list, migration{number: number, name: name, text: string(text)})
	}
	return list
}

func newestMigration() int { return len(migrations()) }
