package persist

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readIdentity = userColumns + `WHERE id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)`

	insertIdentity = `INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)`

	// followIssuer keeps an account that has no password as its issuer says it is. An address comes once it is verified,
	// if nobody has it. An account with a password was made here: its role is what an administrator said.
	followIssuer = `UPDATE users u SET role = $2, email = coalesce(u.email, CASE WHEN NOT EXISTS
			(SELECT FROM users o WHERE lower(o.email) = lower($3)) THEN nullif($3, '') END)
		WHERE u.id = $1 AND u.password_hash IS NULL AND (u.role <> $2 OR u.email IS NULL AND $3 <> '')
		RETURNING id, coalesce(email, ''), name, role, locale, coalesce(password_hash, ''), disabled, epoch, email_verified_at IS NOT NULL`
)

// errTwins says that two transactions made the same account at once: read again.
var errTwins = errors.New("another has just made this account")

func (d *door) identify(r *http.Request, asks caller) (answer, error) {
	who, err := read[persistclient.Identity](r)
	if err != nil {
		return answer{}, err
	}
	f := faults(identityFaults(who))
	if err := f.err(); err != nil {
		return answer{}, err
	}
	for range tries {
		u, err := d.ledger.identify(r.Context(), asks, who)
		if !errors.Is(err, errTwins) {
			return ok(u), err
		}
	}
	return answer{}, errTwins
}

// identify returns the account of somebody from outside: the one that they had before, the one with their verified
// address, or a new one.
func (l *ledger) identify(ctx context.Context, asks caller, who persistclient.Identity) (u persistclient.User, err error) {
	err = l.db.transact(ctx, asks, func(tx pgx.Tx) error {
		if u, err = l.known(ctx, tx, who); err == nil {
			u, err = l.vouched(ctx, tx, u, who.Email)
		}
		return err
	})
	u.PasswordHash = ""
	switch {
	case isCode(err, uniqueViolation, "identities_account"):
		return persistclient.User{}, conflict("This address has the account of another subject.")
	case isCode(err, uniqueViolation, ""):
		return persistclient.User{}, errTwins
	case err != nil:
		return persistclient.User{}, fmt.Errorf("find out whose account it is: %w", err)
	}
	return u, nil
}

// known finds or makes the account.
func (l *ledger) known(ctx context.Context, tx pgx.Tx, who persistclient.Identity) (persistclient.User, error) {
	u, err := one(ctx, tx, readIdentity, who.Issuer, who.Subject)
	if err == nil {
		return follow(ctx, tx, u, who)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		u, err = one(ctx, tx, readUserByEmail, who.Email)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		u, err = l.welcome(ctx, tx, who)
	}
	if err != nil {
		return u, err
	}
	_, err = tx.Exec(ctx, insertIdentity, who.Issuer, who.Subject, u.ID, l.moment())
	return u, err
}

// follow brings an account up to what its issuer says by now.
func follow(ctx context.Context, tx pgx.Tx, u persistclient.User, who persistclient.Identity) (persistclient.User, error) {
	now, err := one(ctx, tx, followIssuer, u.ID, string(who.Role), who.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, nil // nothing changed
	}
	return now, err
}

// welcome makes an account without a password.
func (l *ledger) welcome(ctx context.Context, tx pgx.Tx, who persistclient.Identity) (persistclient.User, error) {
	u := persistclient.User{ID: newID(), Email: who.Email, Name: who.Name, Role: who.Role, Locale: who.Locale}
	_, err := tx.Exec(ctx, insertUser, u.ID, u.Email, u.Name, string(u.Role), u.Locale, "", l.moment(), false)
	return u, err
}

func one(ctx context.Context, tx pgx.Tx, query string, args ...any) (persistclient.User, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return persistclient.User{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanUser)
}
