package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/ids"
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

// errConcurrentRequest says that two transactions made the same account at once: read again.
var errConcurrentRequest = errors.New("another has just made this account")

// maxTries is how often a command that lost a race is done again before it is given back to the caller.
const maxTries = 8

// Identify returns the account of somebody whom an issuer knows: the one that they had before, the one with their verified
// address, or a new one.
func (s *Store) Identify(ctx context.Context, caller access.Caller, who persistclient.Identity) (persistclient.User, error) {
	for range maxTries {
		u, err := s.tryIdentify(ctx, caller, who)
		if !errors.Is(err, errConcurrentRequest) {
			return u, err
		}
	}
	return persistclient.User{}, errConcurrentRequest
}

func (s *Store) tryIdentify(ctx context.Context, caller access.Caller, who persistclient.Identity) (u persistclient.User, err error) {
	err = s.db.Tx(ctx, caller, func(tx pgx.Tx) error {
		if u, err = s.findOrMake(ctx, tx, who); err == nil {
			u, err = s.provedByIssuer(ctx, tx, u, who.Email)
		}
		return err
	})
	u.PasswordHash = ""
	switch {
	case sqlstate.Is(err, sqlstate.UniqueViolation, "identities_account"):
		return persistclient.User{}, problem.Conflict("This address has the account of another subject.")
	case sqlstate.Is(err, sqlstate.UniqueViolation, ""):
		return persistclient.User{}, errConcurrentRequest
	case err != nil:
		return persistclient.User{}, fmt.Errorf("find out whose account it is: %w", err)
	}
	return u, nil
}

// findOrMake finds or makes the account.
func (s *Store) findOrMake(ctx context.Context, tx pgx.Tx, who persistclient.Identity) (persistclient.User, error) {
	u, err := one(ctx, tx, readIdentity, who.Issuer, who.Subject)
	if err == nil {
		return follow(ctx, tx, u, who)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		u, err = one(ctx, tx, readUserByEmail, who.Email)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		u, err = s.insertIdentified(ctx, tx, who)
	}
	if err != nil {
		return u, err
	}
	_, err = tx.Exec(ctx, insertIdentity, who.Issuer, who.Subject, u.ID, s.db.Moment())
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

// insertIdentified makes an account without a password.
func (s *Store) insertIdentified(ctx context.Context, tx pgx.Tx, who persistclient.Identity) (persistclient.User, error) {
	u := persistclient.User{ID: ids.New(), Email: who.Email, Name: who.Name, Role: who.Role, Locale: who.Locale}
	_, err := tx.Exec(ctx, insertUser, u.ID, u.Email, u.Name, string(u.Role), u.Locale, "", s.db.Moment(), false)
	return u, err
}

func one(ctx context.Context, tx pgx.Tx, query string, args ...any) (persistclient.User, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return persistclient.User{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanUser)
}
