package persist

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const readForWish = `SELECT head, history_seq FROM contracts WHERE id = $1`

// writeWish is what a person's wish leads to, in one statement.
const writeWish = guarded + `, tried AS (
		INSERT INTO attempts (contract, number, token, token_sha256)
		SELECT id, @attempt, @token, @token_sha256 FROM guarded WHERE @attempt::integer > 0
	), spoken AS (
		INSERT INTO words (contract, seq, salt, text) SELECT id, @seq, @salt, @reason::text FROM guarded WHERE @reason::text <> ''
	), answered AS (
		INSERT INTO idempotency (person, key, digest, answer, created_at)
		SELECT @person, @key::text, @digest, @answer, @at FROM guarded WHERE @key::text <> ''
	)
	SELECT count(*) FROM guarded`

// writeAttemptState comes after writeWish and changes nothing if that wrote nothing: then the history has another head.
const writeAttemptState = `UPDATE attempts a SET state = $4 FROM contracts c
	WHERE c.id = $1 AND c.head = $2 AND a.contract = c.id AND a.number = $3 AND a.state <> $4`

func (d *door) grant(r *http.Request, asks caller) (answer, error) {
	wish, err := read[persistclient.Action](r)
	if err != nil {
		return answer{}, err
	}
	f := faults(wishFaults(wish))
	if err := f.err(); err != nil {
		return answer{}, err
	}
	once, err := onceOf(r)
	if err != nil {
		return answer{}, err
	}
	v, err := d.ledger.grant(r.Context(), asks, contract.ID(r.PathValue("id")), wish, once)
	return ok(v), err
}

// grant writes down what a person asked for, and says so. What was granted for another version of the contract is
// refused; a race that was lost is such a case, unless the winner was the same request.
func (l *ledger) grant(ctx context.Context, asks caller, id contract.ID, wish persistclient.Action, once persistclient.Idempotency) (persistclient.View, error) {
	for range tries {
		v, n, err := l.wish(ctx, asks, id, wish, once)
		l.memory.take(id) // it may be old by now
		if errors.Is(err, errRaced) || isCode(err, uniqueViolation, "idempotency_pkey") {
			continue
		}
		if err == nil && n.Written {
			function.Point("persist.wish-written")
			l.tell(ctx, id, n.After.Version, wishFact(n, wish.Kind))
		}
		return v, err
	}
	return persistclient.View{}, errRaced
}

// wish is one try of grant: a read and a guarded write. A stored answer is returned with nothing written.
func (l *ledger) wish(ctx context.Context, asks caller, id contract.ID, wish persistclient.Action, once persistclient.Idempotency) (persistclient.View, lifecycle.Change, error) {
	var v persistclient.View
	var s standing
	var waits float64
	stored, err := l.recall(ctx, asks, once, func(b *pgx.Batch) {
		b.Queue(readView, string(id)).QueryRow(func(row pgx.Row) (err error) {
			v, err = scanWhole(row, asks)
			return err
		})
		b.Queue(readForWish, string(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&s.head, &s.seq) })
		if isCorrection(wish) {
			b.Queue(readUnderWay, pgx.NamedArgs{"id": string(id), "signer": wish.Signer}).QueryRow(func(row pgx.Row) error { return row.Scan(&waits) })
		}
	})
	if err != nil || stored != nil {
		return viewOf(stored), lifecycle.Change{}, err
	}
	at := l.moment()
	n, err := fulfil(v.Contract, wish, v.Relation, at)
	if err != nil {
		return l.orTwin(ctx, asks, v, once, err)
	}
	was, err := correct(&v, wish, waits)
	if err != nil {
		return v, lifecycle.Change{}, err
	}
	s.contract = v.Contract
	v.Contract, v.Nudges, v.DueAt = n.After, 0, time.Time{}
	next, routine := l.dueAt(n.After, 0, at)
	if next != nil {
		v.DueAt = *next
	}
	v = asks.reads(v) // who acts on it is on record by that
	return v, n, l.writeWish(ctx, asks, writing{before: s, after: n.After, dueAt: next, routine: routine}, v, wish, was, once)
}

// orTwin answers a wish that does not fit the contract. The statements of one trip each see what was committed before
// them, so the same request may have been granted between the look for its answer and the read of the contract: then
// that answer is this one's too.
func (l *ledger) orTwin(ctx context.Context, asks caller, v persistclient.View, once persistclient.Idempotency, refusal error) (persistclient.View, lifecycle.Change, error) {
	if once.Key == "" {
		return v, lifecycle.Change{}, refusal
	}
	stored, err := l.recall(ctx, asks, once, func(*pgx.Batch) {})
	if err != nil || stored == nil {
		return v, lifecycle.Change{}, refusal
	}
	return viewOf(stored), lifecycle.Change{}, nil
}

// writeWish writes a wish down in one round trip. was is the address that a correction takes the place of.
func (l *ledger) writeWish(ctx context.Context, asks caller, w writing, v persistclient.View, wish persistclient.Action, was string, once persistclient.Idempotency) (err error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	detail := wishDetail(wish, w.after, was, salt)
	if w.entry, err = entry(w.before.seq+1, w.before.head, w.after.UpdatedAt, asks.actor(), wishEntry(wish.Kind), detail); err != nil {
		return err
	}
	args, err := w.args()
	if err != nil {
		return err
	}
	if args["answer"], err = json.Marshal(v); err != nil {
		return err
	}
	args["salt"], args["person"], args["key"], args["digest"] = salt, asks.Subject, once.Key, once.Digest
	write := l.writeAsked
	if isCorrection(wish) {
		write = l.writeCorrection(was)
	}
	written, err := write(ctx, asks, w.after, args, wish)
	switch {
	case isCode(err, uniqueViolation, "attempts_pkey"):
		return conflict(fmt.Sprintf("Attempt %d was made already.", wish.Attempt.Number))
	case err != nil:
		return fmt.Errorf("write down a wish for contract %s: %w", w.after.ID, err)
	case written == 0:
		return errRaced
	}
	return nil
}

// writeAsked writes down what changes nothing but the contract and its attempts.
func (l *ledger) writeAsked(ctx context.Context, asks caller, after contract.Contract, args pgx.StrictNamedArgs, wish persistclient.Action) (written int, err error) {
	var tried persistclient.Attempt
	if wish.Attempt != nil {
		tried = *wish.Attempt
	}
	args["attempt"], args["token"], args["token_sha256"] = tried.Number, tried.Token, digestOf([]byte(tried.Token))
	args["reason"] = wish.Reason
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(writeWish, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
		if r := after.Request; r != nil && r.State != contract.Opening {
			itself.announce(b) // attempts are for functions alone to change
			b.Queue(writeAttemptState, string(after.ID), args["hash"], r.Attempt, string(r.State))
		}
	})
	return written, err
}

// wishDetail is what the history tells of a wish. A person's own words may be personal: the chain holds a salted
// digest of them, and the words stand where they can be erased.
func wishDetail(wish persistclient.Action, after contract.Contract, was string, salt []byte) map[string]any {
	detail := map[string]any{"status": after.Status}
	if wish.Attempt != nil {
		detail["attempt"] = wish.Attempt.Number
	}
	if wish.About != "" {
		detail["about"] = wish.About
	}
	if wish.Cause != "" {
		detail["cause"] = wish.Cause
	}
	if after.CancelWanted {
		detail["cancel_wanted"] = true
	}
	if isCorrection(wish) {
		addCorrection(detail, wish, was, salt)
	}
	if wish.Reason != "" {
		detail["words_sha256"] = digestOf(append(salt[:len(salt):len(salt)], wish.Reason...))
	}
	return detail
}
