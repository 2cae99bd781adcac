package contracts

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// readUnderWay is for how long a notification to somebody is left to whoever writes it: it goes to the address of when it was
	// claimed.
	readUnderWay = `SELECT coalesce(max(extract(epoch FROM lease_until - clock_timestamp())), 0)::float8 ` + underWay
	underWay     = `FROM notifications WHERE contract = @id AND recipient = @signer AND state IN ('taken', 'handover') AND lease_until > clock_timestamp()`

	// holdContract and holdSigner make claims of notifications and a correction wait for each other: a claim reads the address
	// behind a lock on the signer. Whoever needs both locks takes the contract's first.
	holdContract = `SELECT FROM contracts WHERE id = @id FOR UPDATE`
	holdSigner   = `SELECT FROM signers WHERE contract = @id AND id = @signer FOR UPDATE`

	// writeCorrection gives a signer another address. What the old one opened is closed: every link that was mailed to it,
	// used or not, and the contract to the account that has it. The account that has proved the new one sees the contract;
	// one that is just proving it is waited for (insertReaders). The history holds salted commitments to both addresses;
	// they stand beside it, where they can be erased.
	writeCorrection = guard + ` AND owner = @person AND NOT EXISTS (SELECT ` + underWay + `)` + appendHistory + `, corrected AS (
			UPDATE signers s SET email = @email FROM guarded WHERE s.contract = guarded.id AND s.id = @signer
		), kept AS (
			INSERT INTO corrections (contract, seq, signer, salt, was, email) SELECT id, @seq, @signer, @salt, @was, @email FROM guarded
		), ended AS (
			DELETE FROM links k USING guarded WHERE k.contract = guarded.id AND k.signer = @signer
		), closed AS (
			DELETE FROM readers r USING guarded, users u WHERE r.contract = guarded.id AND u.id = r.user_id AND u.id <> @person
				AND lower(u.email) = lower(@was)
				AND NOT EXISTS (SELECT FROM signers o WHERE o.contract = guarded.id AND o.id <> @signer AND lower(o.email) = lower(@was))
		), signing AS (
			SELECT id, email_verified_at FROM users WHERE lower(email) = lower(@email) FOR SHARE
		), opened AS (
			INSERT INTO readers (user_id, contract) SELECT u.id, guarded.id FROM signing u, guarded WHERE u.email_verified_at IS NOT NULL
			ON CONFLICT DO NOTHING
		), answered AS (
			INSERT INTO idempotency (person, key, digest, answer, created_at)
			SELECT @person, @key::text, @digest, @answer, @at FROM guarded WHERE @key::text <> ''
		)
		SELECT count(*) FROM guarded`
)

// isCorrection reports whether an action gives a signer another address.
func isCorrection(action persistclient.Action) bool { return action.Kind == lifecycle.CorrectAddress }

// correct puts a new address into the contract as its owner sees it, and returns the old one. waits is for how many
// seconds a notification to it is being written. It does nothing for other actions.
func correct(v *persistclient.View, action persistclient.Action, waits float64) (was string, err error) {
	if !isCorrection(action) {
		return "", nil
	}
	for _, other := range v.People {
		if strings.EqualFold(other.Email, action.Email) {
			reason := "is another signer's"
			if other.ID == action.Signer {
				reason = "is the address that is on record"
			}
			return "", problem.Invalid("The address cannot be taken.", function.FieldError{Field: "email", Reason: reason})
		}
	}
	if waits > 0 {
		return "", problem.RetryAfter("A notification to the old address is being written.", waits)
	}
	v.People = slices.Clone(v.People)
	p := v.PersonOf(action.Signer)
	was, p.Email = p.Email, action.Email
	return was, nil
}

// addCorrection adds what the history tells of a correction: no address, but what proves each of them to whoever is shown
// it with the salt.
func addCorrection(detail map[string]any, action persistclient.Action, was string, salt []byte) {
	salted := func(address string) string { return history.Digest(append(salt[:len(salt):len(salt)], address...)) }
	detail["signer"], detail["was_sha256"], detail["email_sha256"] = action.Signer, salted(was), salted(action.Email)
}

// sendCorrection writes a corrected address down: for the person whose batch it is and, since nobody changes signers,
// links and readers as themselves, by ourselves.
func (s *Store) sendCorrection(ctx context.Context, caller access.Caller, after contract.Contract, args pgx.StrictNamedArgs, a request) (written int, err error) {
	args["signer"], args["was"], args["email"] = a.action.Signer, a.was, a.action.Email
	held := pgx.NamedArgs{"id": string(after.ID), "signer": a.action.Signer}
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		postgres.SetRLSContext(b, access.Itself)
		b.Queue(holdContract, held)
		b.Queue(holdSigner, held)
		b.Queue(writeCorrection, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	return written, err
}
