package schema

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
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

// ErrOtherRoles is for what the owner has to do for other roles than the one that serves.
var ErrOtherRoles = errors.New("the owner has not seen to it yet")

// Check queues what tells whether this program may work on the database. The verdict is there once the batch was sent.
func (r Release) Check(b *pgx.Batch) (verdict func() error) {
	var number, oldest int
	b.Queue(readRelease).QueryRow(func(row pgx.Row) error { return row.Scan(&number, &oldest) })
	return func() error { return r.fits(number, oldest) }
}

// fits tells whether this release may work on a database that stands at this migration and wants that program at least.
func (r Release) fits(number, oldest int) error {
	switch newest := r.Newest(); {
	case number < newest:
		return fmt.Errorf("the database stands at migration %d, this program needs %d", number, newest)
	case oldest > newest:
		return fmt.Errorf("the database stands at migration %d, where only programs of migration %d or later can work; "+
			"this one is of %d: start a newer one", number, oldest, newest)
	}
	return nil
}

// CheckRoles queues what tells whether row-level security binds the role that serves, and whether the other roles can do
// what they are for. The verdict is there once the batch was sent.
func CheckRoles(b *pgx.Batch, at dsn.Addresses) (verdict func() error) {
	var powerful, reports, backups bool
	b.Queue(readPower).QueryRow(func(row pgx.Row) error { return row.Scan(&powerful) })
	b.Queue(readReports, roleToMake(at, at.Reading)).QueryRow(func(row pgx.Row) error { return row.Scan(&reports) })
	b.Queue(readBackups, roleToMake(at, at.Backup)).QueryRow(func(row pgx.Row) error { return row.Scan(&backups) })
	return func() error {
		switch {
		case powerful:
			return errors.New("row-level security does not bind the role of DATABASE_URL: it must be neither superuser nor the tables' owner")
		case !reports:
			return fmt.Errorf("the role of READING_DATABASE_URL cannot read: %w", ErrOtherRoles)
		case !backups:
			return fmt.Errorf("the role of BACKUP_DATABASE_URL cannot read everything: %w", ErrOtherRoles)
		}
		return nil
	}
}

// roleToMake is the role in an address, if the owner's address is there to make it with; "" for none.
func roleToMake(at dsn.Addresses, role dsn.URL) string {
	if at.Owner == "" {
		return ""
	}
	return role.User()
}

// Administrator is the first account.
type Administrator struct{ ID, Email, PasswordHash string }

// Seed queues the first account, where there is none and one is to be made.
func Seed(b *pgx.Batch, first Administrator, at time.Time) {
	b.Queue(seedAdministrator, first.ID, first.Email, first.PasswordHash, at)
}
