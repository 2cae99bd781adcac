package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// writing is one command: everything that becomes true at once, or not at all.
type writing struct {
	before  standing
	after   contract.Contract
	entry   persistclient.Entry
	dueAt   *time.Time
	routine bool             // the next look only asks whether people have gone on
	again   bool             // only what failed before is counted: no entry, nothing is said, the looks go on
	quiet   bool             // nothing follows: the contract stays due when it was, and dueAt is nothing
	heard   *events.Verified // nil for what a person asked for
	said    []events.Event
	files   []file // what came with it
}

// guard changes the contract if it still has the version that was known, and the history: after a failover or a restore
// that lost something, another may have come to the same version. What else is written hangs on its row: no row, and
// nothing is written at all. Whatever follows from a change begins to count nudges anew.
const guard = `WITH guarded AS (
		UPDATE contracts SET status = @status, version = @version, snapshot = @snapshot,
			causes = CASE WHEN @quiet::boolean AND '` + lifecycle.CauseOverdue + `' = ANY (causes) THEN array_append(@causes::text[], '` + lifecycle.CauseOverdue + `') ELSE @causes END,
			due_at = CASE WHEN @quiet::boolean THEN due_at ELSE @due_at::timestamptz END,
			routine = CASE WHEN @quiet::boolean THEN routine ELSE @routine END,
			nudges = CASE WHEN @quiet::boolean OR @again::boolean THEN nudges ELSE 0 END,
			head = @hash, history_seq = @seq, updated_at = @at
		WHERE id = @id AND version = @expected AND head = @behind`

// chronicle adds to its history.
const chronicle = `
		RETURNING id
	), noted AS (
		INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash)
		SELECT id, @seq, @at, @actor, @what, @detail, @previous_hash, @hash FROM guarded WHERE NOT @again::boolean
	)`

const guarded = guard + chronicle

// guardedOnce is for what was heard: an event that is on record changes nothing, whoever wrote it down.
const guardedOnce = guard + ` AND NOT EXISTS (SELECT FROM heard h WHERE h.source = @source AND h.id = @event)` + chronicle

// answered keeps what is said because of an event. The stored answer makes the event's repetition harmless; two copies
// at once meet at the contract's row, and the second finds another version.
const answered = `, answered AS (
		INSERT INTO heard (source, id, said, at) SELECT @source, @event, @said, @at FROM guarded
	)`

const counted = ` SELECT count(*) FROM guarded`

// What an event leads to. Most events touch no letter and no attempt, and PostgreSQL plans what a statement names
// whether or not it comes to it: so each kind has a statement of its own.
const (
	writeFact = guardedOnce + answered + counted

	// writeSignature keeps the attempt's row as the contract has it, and gives its lease back.
	writeSignature = guardedOnce + answered + `, settled AS (
		UPDATE attempts a SET state = @state, request_id = coalesce(nullif(@request, ''), a.request_id), lease_until = NULL
		FROM guarded WHERE a.contract = guarded.id AND a.number = @current
	)` + counted

	writeMailed = guardedOnce + answered + `, mailed AS (
		INSERT INTO letters AS l (contract, name, occasion, recipient, state, number, lease_until, next_try, sent_at)
		SELECT id, @letter, @occasion, @recipient, @letter_state::text, @claim, clock_timestamp(), clock_timestamp() + @wait::interval,
			CASE WHEN @letter_state::text = 'sent' THEN @at::timestamptz END
		FROM guarded
		ON CONFLICT (contract, name, occasion, recipient)
		DO UPDATE SET state = EXCLUDED.state, lease_until = EXCLUDED.lease_until, next_try = EXCLUDED.next_try, sent_at = EXCLUDED.sent_at
		WHERE l.state <> 'sent' AND (EXCLUDED.state = 'sent' OR @claim = 0 OR l.number <= @claim)
	)` + counted
)

// write writes a fact down in one round trip. errRaced if another was faster.
func (l *ledger) write(ctx context.Context, w writing) error {
	args, err := w.args()
	if err != nil {
		return err
	}
	statement, err := addFact(args, w)
	if err != nil {
		return err
	}
	var written int
	err = l.send(ctx, w, func(b *pgx.Batch) {
		b.Queue(statement, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	if err != nil {
		return fmt.Errorf("write down %s of contract %s: %w", w.entry.What, w.after.ID, err)
	}
	if written == 0 {
		return errRaced
	}
	return nil
}

// send makes the trip: with others, unless it brings documents or frees other contracts, which would hold them up.
func (l *ledger) send(ctx context.Context, w writing, queue func(*pgx.Batch)) error {
	frees := l.frees(w)
	if len(w.files) == 0 && frees == nil {
		return l.flights.board(ctx, string(w.after.ID), queue)
	}
	with := func(*pgx.Batch) {}
	if len(w.files) > 0 {
		var err error
		if with, err = l.files.Keep(ctx, w.after.ID, w.entry.Hash, w.files); err != nil {
			return err
		}
	}
	return l.db.trip(ctx, itself, func(b *pgx.Batch) {
		queue(b)
		with(b)
		if frees != nil {
			frees(b)
		}
	})
}

// args are the values of guarded.
func (w writing) args() (pgx.StrictNamedArgs, error) {
	snapshot, err := json.Marshal(w.after)
	if err != nil {
		return nil, fmt.Errorf("encode contract %s: %w", w.after.ID, err)
	}
	return pgx.StrictNamedArgs{
		"id": string(w.after.ID), "expected": w.before.contract.Version, "behind": w.before.head,
		"status": string(w.after.Status), "version": w.after.Version, "snapshot": snapshot, "causes": causesOf(w.after, 0),
		"due_at": w.dueAt, "routine": w.routine, "quiet": w.quiet, "again": w.again, "at": w.entry.At, "seq": w.entry.Seq, "actor": w.entry.Actor, "what": w.entry.What,
		"detail": []byte(w.entry.Detail), "previous_hash": w.entry.PreviousHash, "hash": w.entry.Hash,
	}, nil
}

// addFact adds the values that only a fact has, and says which statement writes it.
func addFact(args pgx.StrictNamedArgs, w writing) (statement string, err error) {
	if args["said"], err = encodeSaid(w.said); err != nil {
		return "", err
	}
	heard := w.heard.Event()
	args["source"], args["event"] = heard.Source, heard.ID
	switch f := heard.Payload.(type) {
	case events.MailSent:
		return addMailed(args, w, f.Letter, f.Occasion, f.Recipient, 0)
	case events.MailRefused:
		return addMailed(args, w, f.Letter, f.Occasion, f.Recipient, f.Claim)
	case events.MailFailed:
		return addMailed(args, w, f.Letter, f.Occasion, f.Recipient, f.Claim)
	case events.SignatureOpened, events.SignatureChecked, events.SignatureFailed:
		args["request"] = ""
		if r := w.after.Request; r != nil {
			args["request"] = r.ID
		}
		return writeSignature, addAttempt(args, w.after)
	}
	return writeFact, nil
}

// addAttempt adds how the current attempt stands.
func addAttempt(args pgx.StrictNamedArgs, c contract.Contract) error {
	args["current"], args["state"] = 0, string(contract.Opening)
	if c.Request != nil {
		args["current"], args["state"] = c.Request.Attempt, string(c.Request.State)
	}
	return nil
}

// causesOf are the causes of what needs attention, each once, of a contract that was looked at so many times and nothing
// followed: what lists are made by.
func causesOf(c contract.Contract, looks int) []string {
	causes := []string{}
	open := lifecycle.Open(c)
	if late := lifecycle.Overdue(c, looks); late != nil {
		open = append(open, *late)
	}
	for _, t := range open {
		if !slices.Contains(causes, t.Cause) {
			causes = append(causes, t.Cause)
		}
	}
	return causes
}

// addMailed adds what became of a letter.
func addMailed(args pgx.StrictNamedArgs, w writing, name contract.LetterName, occasion int, recipient string, claim int) (statement string, err error) {
	l := letterIn(&w.after, contract.Letter{Name: name, Occasion: occasion, Recipient: recipient})
	addLetter(args, *l, claim, w.entry.At)
	return writeMailed, nil
}
