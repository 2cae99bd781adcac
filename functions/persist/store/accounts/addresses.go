package accounts

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// An account's address is what somebody typed until its holder proves that it is theirs. An administrator who made the
// account knows its password, so the proof replaces that, and ends every session: whoever goes on has both, the account
// and the notifications.
const (
	// proveByLink is for a person who brings the secret of a link that was mailed to their account's address.
	proveByLink = `UPDATE users u SET password_hash = $4, epoch = epoch + 1
		WHERE u.id = $3 AND EXISTS (SELECT FROM links k JOIN signers s ON s.contract = k.contract AND s.id = k.signer
			WHERE k.digest = $1 AND lower(s.email) = lower(u.email) AND ` + opens + `)`

	// proveByIssuer is for a person whose identity provider has verified the address. A password that the account has was
	// given by somebody else: it opens nothing more.
	proveByIssuer = `UPDATE users SET epoch = epoch + 1, password_hash = $2 WHERE id = $1 AND password_hash IS NOT NULL`

	proveAddress = `SELECT prove_address($1, $2)`
)

// ProveAddress proves the address of the account of whoever asks, by the digest of a link that was mailed to it, and returns
// the account as it is from then on. pgx.ErrNoRows if the link does not prove it.
func (s *Store) ProveAddress(ctx context.Context, caller access.Caller, link, hash string) (u persistclient.User, err error) {
	err = s.db.Tx(ctx, caller, func(tx pgx.Tx) error {
		if err := postgres.ActAs(ctx, tx, access.Itself); err != nil { // the person sees no links, not even their own
			return err
		}
		tag, err := tx.Exec(ctx, proveByLink, link, s.linksEndedBefore(), caller.Subject, hash)
		if err == nil && tag.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		if err != nil {
			return err
		}
		u, err = s.proved(ctx, tx, caller.Subject)
		return err
	})
	if err != nil {
		return persistclient.User{}, fmt.Errorf("prove an address: %w", err)
	}
	return u, nil
}

// proved notes that the account's address is its own, and returns the account.
func (s *Store) proved(ctx context.Context, tx pgx.Tx, user string) (persistclient.User, error) {
	if _, err := tx.Exec(ctx, proveAddress, user, s.db.Moment()); err != nil {
		return persistclient.User{}, err
	}
	u, err := one(ctx, tx, readUser, user)
	u.PasswordHash = ""
	return u, err
}

// provedByIssuer is what an account is once an issuer said that this address is verified: proved, if it is the account's.
func (s *Store) provedByIssuer(ctx context.Context, tx pgx.Tx, u persistclient.User, address string) (persistclient.User, error) {
	if u.EmailVerified || u.Email == "" || !strings.EqualFold(u.Email, address) {
		return u, nil
	}
	if _, err := tx.Exec(ctx, proveByIssuer, u.ID, auth.NoPassword); err != nil {
		return u, err
	}
	return s.proved(ctx, tx, u.ID)
}
