package contracts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/idempotency"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const readHistoryEnd = `SELECT head, history_seq FROM contracts WHERE id = $1`

// writeAction is what follows from what a person asked for, in one statement.
const writeAction = guardedUpdate + `, tried AS (
		INSERT INTO attempts (contract, number, token, token_sha256)
		SELECT id, @attempt, @token, @token_sha256 FROM guarded WHERE @attempt::integer > 0
	), spoken AS (
		INSERT INTO free_texts (contract, seq, salt, text) SELECT id, @seq, @salt, @reason::text FROM guarded WHERE @reason::text <> ''
	), answered AS (
		INSERT INTO idempotency (person, key, digest, answer, created_at)
		SELECT @person, @key::text, @digest, @answer, @at FROM guarded WHERE @key::text <> ''
	)
	SELECT count(*) FROM guarded`

// updateAttemptState comes after writeAction and changes nothing if that wrote nothing: then the history has another head.
const updateAttemptState = `UPDATE attempts a SET state = $4 FROM contracts c
	WHERE c.id = $1 AND c.head = $2 AND a.contract = c.id AND a.number = $3 AND a.state <> $4`

// Perform writes down what a person asked for, and publishes it. What was decided on for another version of the contract is
// refused; a race that was lost is such a case, unless the winner was the same request.
func (s *Store) Perform(ctx context.Context, caller access.Caller, id contract.ID, action persistclient.Action, once persistclient.Idempotency) (persistclient.View, error) {
	for range maxTries {
		v, n, err := s.tryPerform(ctx, caller, id, action, once)
		s.cache.Take(id) // it may be old by now
		if errors.Is(err, ErrVersionConflict) || idempotency.Lost(err) {
			continue
		}
		if err == nil && n.Written {
			function.Point("persist.action-written")
			s.publish(ctx, id, n.After.Version, actionFact(n, action.Kind))
		}
		return v, err
	}
	return persistclient.View{}, ErrVersionConflict
}

// tryPerform is a read and a guarded write. A stored answer is returned with nothing written.
func (s *Store) tryPerform(ctx context.Context, caller access.Caller, id contract.ID, action persistclient.Action, once persistclient.Idempotency) (persistclient.View, lifecycle.Change, error) {
	r, stored, err := s.readForAction(ctx, caller, id, action, once)
	if err != nil || stored != nil {
		return viewOf(stored), lifecycle.Change{}, err
	}
	at := s.db.Moment()
	n, err := authorize(r.view.Contract, action, r.view.Relation, at)
	if err != nil {
		return s.idempotentReplay(ctx, caller, r.view, once, err)
	}
	was, err := correct(&r.view, action, r.notificationLease)
	if err != nil {
		return r.view, lifecycle.Change{}, err
	}
	u := update{before: r.state, after: n.After}
	u.dueAt, u.routine = s.DueAt(n.After, 0, at)
	v := r.view
	v.Contract, v.Backoff, v.DueAt = n.After, 0, time.Time{}
	if u.dueAt != nil {
		v.DueAt = *u.dueAt
	}
	v = caller.DetailView(v) // who acts on it is on record by that
	return v, n, s.writeAction(ctx, caller, u, v, request{action, was, once})
}

// readAction is what was read to decide on what a person asked for.
type readAction struct {
	view              persistclient.View
	state             state
	notificationLease float64 // for how many seconds a notification to the signer is being written; only for a correction
}

// readForAction reads the contract, or the answer that was given for the same request before.
func (s *Store) readForAction(ctx context.Context, caller access.Caller, id contract.ID, action persistclient.Action, once persistclient.Idempotency) (r readAction, stored *persistclient.View, err error) {
	stored, err = idempotency.Recall(ctx, s.db, caller, once, func(b *pgx.Batch) {
		b.Queue(views.Read, string(id)).QueryRow(func(row pgx.Row) (err error) {
			r.view, err = views.ScanWhole(row, caller)
			return err
		})
		b.Queue(readHistoryEnd, string(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&r.state.head, &r.state.seq) })
		if isCorrection(action) {
			b.Queue(readUnderWay, pgx.NamedArgs{"id": string(id), "signer": action.Signer}).QueryRow(func(row pgx.Row) error { return row.Scan(&r.notificationLease) })
		}
	})
	r.state.contract = r.view.Contract
	return r, stored, err
}

// idempotentReplay answers a request that does not fit the contract. The statements of one batch each see what was committed
// before them, so the same request may have been performed between the look for its answer and the read of the contract:
// then that answer is this one's too.
func (s *Store) idempotentReplay(ctx context.Context, caller access.Caller, v persistclient.View, once persistclient.Idempotency, refusal error) (persistclient.View, lifecycle.Change, error) {
	if once.Key == "" {
		return v, lifecycle.Change{}, refusal
	}
	stored, err := idempotency.Recall(ctx, s.db, caller, once, func(*pgx.Batch) {})
	if err != nil || stored == nil {
		return v, lifecycle.Change{}, refusal
	}
	return viewOf(stored), lifecycle.Change{}, nil
}

// request is what a person asked for.
type request struct {
	action persistclient.Action
	was    string // the address that a correction takes the place of
	once   persistclient.Idempotency
}

// writeAction writes an action down in one round trip. v is the answer to it.
func (s *Store) writeAction(ctx context.Context, caller access.Caller, u update, v persistclient.View, a request) (err error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	detail := actionDetail(a, u.after, salt)
	if u.entry, err = history.NewEntry(u.before.seq+1, u.before.head, u.after.UpdatedAt, caller.Actor(), actionEntry(a.action.Kind), detail); err != nil {
		return err
	}
	args, err := u.args()
	if err != nil {
		return err
	}
	if args["answer"], err = json.Marshal(v); err != nil {
		return err
	}
	args["salt"], args["person"], args["key"], args["digest"] = salt, caller.Subject, a.once.Key, a.once.Digest
	send := s.sendAction
	if isCorrection(a.action) {
		send = s.sendCorrection
	}
	written, err := send(ctx, caller, u.after, args, a)
	switch {
	case sqlstate.Is(err, sqlstate.UniqueViolation, "attempts_pkey"):
		return problem.Conflict(fmt.Sprintf("Attempt %d was made already.", a.action.Attempt.Number))
	case err != nil:
		return fmt.Errorf("write down %s of contract %s: %w", u.entry.What, u.after.ID, err)
	case written == 0:
		return ErrVersionConflict
	}
	return nil
}

// sendAction writes down what changes nothing but the contract and its attempts.
func (s *Store) sendAction(ctx context.Context, caller access.Caller, after contract.Contract, args pgx.StrictNamedArgs, a request) (written int, err error) {
	var attempt persistclient.Attempt
	if a.action.Attempt != nil {
		attempt = *a.action.Attempt
	}
	args["attempt"], args["token"], args["token_sha256"] = attempt.Number, attempt.Token, history.Digest([]byte(attempt.Token))
	args["reason"] = a.action.Reason
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(writeAction, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
		if r := after.Request; r != nil && r.State != contract.Opening {
			postgres.SetRLSContext(b, access.Itself) // attempts are for functions alone to change
			b.Queue(updateAttemptState, string(after.ID), args["hash"], r.Attempt, string(r.State))
		}
	})
	return written, err
}
