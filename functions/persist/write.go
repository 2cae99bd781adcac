package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/record"
)

// writing is one command: everything that becomes true at once, or not at all.
type writing struct {
	before standing
	after  contract.Contract
	entry  record.Entry
	dueAt  *time.Time
	nudges int
	heard  *events.Event // nil for what a person asked for
	said   []events.Event
}

// guarded changes the contract if it still has the version that was read, and adds to its history. What else is
// written hangs on its row: no row, and nothing is written at all.
const guarded = `WITH guarded AS (
		UPDATE contracts SET status = @status, version = @version, snapshot = @snapshot, attention = @attention,
			due_at = @due_at, nudges = @nudges, head = @hash, history_seq = @seq, updated_at = @at
		WHERE id = @id AND version = @expected
		RETURNING id
	), noted AS (
		INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash)
		SELECT id, @seq, @at, @actor, @what, @detail, @previous_hash, @hash FROM guarded
	)`

// writeFact is what an event leads to. The stored answer makes its repetition harmless, so it belongs to the guard;
// two copies at once meet at the contract's row, and the second finds another version.
const writeFact = guarded + `, answered AS (
		INSERT INTO heard (source, id, said, at) SELECT @source, @event, @said, @at FROM guarded
	), opened AS (
		UPDATE attempts a SET request_id = @request FROM guarded
		WHERE a.contract = guarded.id AND a.number = @attempt AND a.request_id = ''
	), mailed AS (
		INSERT INTO letters (contract, name, occasion, recipient, state, lease_until, sent_at)
		SELECT id, @letter, @occasion, @recipient, @letter_state::text, @at, CASE WHEN @letter_state = 'sent' THEN @at::timestamptz END
		FROM guarded WHERE @letter_state::text <> ''
		ON CONFLICT (contract, name, occasion, recipient)
		DO UPDATE SET state = EXCLUDED.state, lease_until = EXCLUDED.lease_until, sent_at = EXCLUDED.sent_at
		WHERE letters.state <> 'sent'
	)
	SELECT count(*) FROM guarded`

// write writes a fact down in one round trip. errRaced if another was faster.
func (l *ledger) write(ctx context.Context, w writing) error {
	args, err := w.args()
	if err != nil {
		return err
	}
	if err := addFact(args, w); err != nil {
		return err
	}
	var written int
	err = l.db.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(writeFact, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	if err != nil {
		return fmt.Errorf("write down %s of contract %s: %w", w.entry.What, w.after.ID, err)
	}
	if written == 0 {
		return errRaced
	}
	return nil
}

// args are the values of guarded.
func (w writing) args() (pgx.StrictNamedArgs, error) {
	snapshot, err := json.Marshal(w.after)
	if err != nil {
		return nil, fmt.Errorf("encode contract %s: %w", w.after.ID, err)
	}
	return pgx.StrictNamedArgs{
		"id": string(w.after.ID), "expected": w.before.contract.Version,
		"status": string(w.after.Status), "version": w.after.Version, "snapshot": snapshot, "attention": w.after.Attention,
		"due_at": w.dueAt, "nudges": w.nudges, "at": w.entry.At, "seq": w.entry.Seq, "actor": w.entry.Actor, "what": w.entry.What,
		"detail": []byte(w.entry.Detail), "previous_hash": w.entry.PreviousHash, "hash": w.entry.Hash,
	}, nil
}

// addFact adds the values that only a fact has.
func addFact(args pgx.StrictNamedArgs, w writing) error {
	said, err := encodeSaid(w.said)
	if err != nil {
		return err
	}
	var l contract.Letter
	state, request, number := "", "", 0
	switch f := w.heard.Payload.(type) {
	case events.MailSent:
		l, state = contract.Letter{Name: f.Letter, Occasion: f.Occasion, Recipient: f.Recipient}, "sent"
	case events.MailRefused:
		l, state = contract.Letter{Name: f.Letter, Occasion: f.Occasion, Recipient: f.Recipient}, "refused"
	case events.SignatureOpened:
		request, number = f.Request.ID, f.Request.Attempt
	}
	args["source"], args["event"], args["said"] = w.heard.Source, w.heard.ID, said
	args["request"], args["attempt"] = request, number
	args["letter"], args["occasion"], args["recipient"], args["letter_state"] = string(l.Name), l.Occasion, l.Recipient, state
	return nil
}
