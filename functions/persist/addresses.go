package persist

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// An account's address is what somebody typed until its holder proves that it is theirs. An administrator who made the
// account knows its password, so the proof replaces that, and ends every session: whoever goes on has both, the account
// and the letters.
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

func (d *door) proveAddress(r *http.Request, asks caller) (answer, error) {
	in, err := read[struct {
		Link         string `json:"link"`
		PasswordHash string `json:"password_hash"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f faults
	f.form("link", in.Link, digestForm)
	f.check("password_hash", strings.HasPrefix(in.PasswordHash, hashPrefix), "must be an argon2id hash in PHC form")
	f.text("password_hash", in.PasswordHash)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	if r.PathValue("id") != asks.Subject {
		return answer{}, notFound
	}
	u, err := d.ledger.proveByLink(r.Context(), asks, in.Link, d.ledger.moment().Add(-d.links), in.PasswordHash)
	return ok(u), err
}

// proveByLink returns the account as it is from then on. pgx.ErrNoRows if the link does not prove its address.
func (l *ledger) proveByLink(ctx context.Context, asks caller, link string, endedBefore time.Time, hash string) (u persistclient.User, err error) {
	err = l.db.transact(ctx, asks, func(tx pgx.Tx) error {
		statement, args := itself.acting() // the person sees no links, not even their own
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, proveByLink, link, endedBefore, asks.Subject, hash)
		if err == nil && tag.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		if err != nil {
			return err
		}
		u, err = l.proved(ctx, tx, asks.Subject)
		return err
	})
	if err != nil {
		return persistclient.User{}, fmt.Errorf("prove an address: %w", err)
	}
	return u, nil
}

// proved notes that the account's address is its own, and returns the account.
func (l *ledger) proved(ctx context.Context, tx pgx.Tx, user string) (persistclient.User, error) {
	if _, err := tx.Exec(ctx, proveAddress, user, l.moment()); err != nil {
		return persistclient.User{}, err
	}
	u, err := one(ctx, tx, readUser, user)
	u.PasswordHash = ""
	return u, err
}

// vouched is what an account is once an issuer said that this address is verified: proved, if it is the account's.
func (l *ledger) vouched(ctx context.Context, tx pgx.Tx, u persistclient.User, address string) (persistclient.User, error) {
	if u.EmailVerified || u.Email == "" || !strings.EqualFold(u.Email, address) {
		return u, nil
	}
	if _, err := tx.Exec(ctx, proveByIssuer, u.ID, auth.NoPassword); err != nil {
		return u, err
	}
	return l.proved(ctx, tx, u.ID)
}
