package persist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// readRelease tells how far the database was migrated, and which program is the oldest that may work on it. The
	// column for that is younger than the table.
	readRelease = `SELECT coalesce(max(number), 0), coalesce(max(coalesce((to_jsonb(m)->>'oldest')::integer, 0)), 0) FROM migrations m`

	// readPower tells whether row-level security would not bind this role, or the role could switch it off.
	readPower = `SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c
			WHERE c.relname = 'contracts' AND c.relnamespace = current_schema()::regnamespace AND pg_has_role(c.relowner, 'USAGE'))
		FROM pg_roles r WHERE r.rolname = current_user`

	// readReports tells whether the role for reports can read, or there is to be none.
	readReports = `SELECT $1::text = '' OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1 AND has_table_privilege(r.oid, 'contracts', 'SELECT'))`

	// readBackups tells the same of the role for backups, which must read every table there is.
	readBackups = `SELECT $1::text = '' OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1 AND NOT EXISTS (
		SELECT FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
			AND NOT (has_table_privilege(r.oid, c.oid, 'SELECT') AND (NOT c.relrowsecurity OR EXISTS (SELECT FROM pg_policy p
				WHERE p.polrelid = c.oid AND p.polname = 'backed_up' AND r.oid = ANY (p.polroles))))))`

	// seedAdministrator makes the first account; a second instance that does the same meets the index of addresses. Where
	// there is an account it writes nothing, and a server that takes no writes refuses it all the same.
	seedAdministrator = `INSERT INTO users (id, email, name, role, locale, password_hash, created_at)
		SELECT $1, $2, 'Administrator', 'administrator', 'en', $3, $4 WHERE $2 <> '' AND NOT EXISTS (SELECT FROM users)
		ON CONFLICT DO NOTHING`
)

// errOthers is for what the owner has to see to for others than this program.
var errOthers = errors.New("the owner has not seen to it yet")

// inspect checks that every migration was made, that row-level security binds this role and that the one for reports is
// there, and makes the first account if there is none.
func (d *database) inspect(ctx context.Context, pool *pgxpool.Pool) error {
	var powerful, reports, backups bool
	err := d.lookWith(ctx, pool, func(b *pgx.Batch) {
		b.Queue(readPower).QueryRow(func(row pgx.Row) error { return row.Scan(&powerful) })
		b.Queue(readReports, d.settings.roleToMake(d.settings.Reading)).QueryRow(func(row pgx.Row) error { return row.Scan(&reports) })
		b.Queue(readBackups, d.settings.roleToMake(d.settings.Backup)).QueryRow(func(row pgx.Row) error { return row.Scan(&backups) })
	})
	switch {
	case err != nil:
		return err
	case powerful:
		return errors.New("row-level security does not bind the role of DATABASE_URL: it must be neither superuser nor the tables' owner")
	case !reports:
		return fmt.Errorf("the role of READING_DATABASE_URL cannot read: %w", errOthers)
	case !backups:
		return fmt.Errorf("the role of BACKUP_DATABASE_URL cannot read everything: %w", errOthers)
	}
	return nil
}

// look checks that the database can be written to and that this program may work on it.
func (d *database) look(ctx context.Context, pool *pgxpool.Pool) error {
	return d.lookWith(ctx, pool, func(*pgx.Batch) {})
}

func (d *database) lookWith(ctx context.Context, pool *pgxpool.Pool, queue func(*pgx.Batch)) error {
	ctx, cancel := context.WithTimeout(ctx, d.patience.trip)
	defer cancel()
	var number, oldest int
	first := d.settings.FirstAdministrator
	var theirs time.Time
	before := d.clock.own()
	b := &pgx.Batch{}
	itself.announce(b)
	b.Queue(readClock).QueryRow(func(row pgx.Row) error { return row.Scan(&theirs) })
	b.Queue(readRelease).QueryRow(func(row pgx.Row) error { return row.Scan(&number, &oldest) })
	queue(b)
	b.Queue(seedAdministrator, newID(), first.Email, first.PasswordHash, d.now().UTC())
	if err := pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("look at the database of DATABASE_URL: %w", err)
	}
	d.clock.set(theirs, before, d.clock.own())
	return d.release.fits(number, oldest)
}

// fits tells whether this release may work on a database that stands at this migration and wants that program at least.
func (r release) fits(number, oldest int) error {
	switch newest := r.newest(); {
	case number < newest:
		return fmt.Errorf("the database stands at migration %d, this program needs %d", number, newest)
	case oldest > newest:
		return fmt.Errorf("the database stands at migration %d, where only programs of migration %d or later can work; "+
			"this one is of %d: start a newer one", number, oldest, newest)
	}
	return nil
}
