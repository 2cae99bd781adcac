package contracts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/functions/persist/store/notifications"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// update is one command: everything that becomes true at once, or not at all.
type update struct {
	before  state
	after   contract.Contract
	entry   persistclient.Entry
	dueAt   *time.Time
	routine bool             // the next look only asks whether people have gone on
	again   bool             // only what failed before is counted: no entry, nothing is published, the looks go on
	quiet   bool             // nothing follows: the contract stays due when it was, and dueAt is nothing
	in      *events.Verified // nil for what a person asked for
	out     []events.Event
	files   []documents.File // what came with it
}

// guard changes the contract if it still has the version that was known, and the history: after a failover or a restore
// that lost something, another may have come to the same version. What else is written hangs on its row: no row, and
// nothing is written at all. Whatever follows from a change begins to count backoff anew.
const guard = `WITH guarded AS (
		UPDATE contracts SET status = @status, version = @version, snapshot = @snapshot,
			causes = CASE WHEN @quiet::boolean AND '` + lifecycle.CauseOverdue + `' = ANY (causes) THEN array_append(@causes::text[], '` + lifecycle.CauseOverdue + `') ELSE @causes END,
			due_at = CASE WHEN @quiet::boolean THEN due_at ELSE @due_at::timestamptz END,
			routine = CASE WHEN @quiet::boolean THEN routine ELSE @routine END,
			backoff = CASE WHEN @quiet::boolean OR @again::boolean THEN backoff ELSE 0 END,
			head = @hash, history_seq = @seq, updated_at = @at
		WHERE id = @id AND version = @expected AND head = @behind`

// appendHistory adds an entry to its history.
const appendHistory = `
		RETURNING id
	), entered AS (
		INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash)
		SELECT id, @seq, @at, @actor, @what, @detail, @previous_hash, @hash FROM guarded WHERE NOT @again::boolean
	)`

const guardedUpdate = guard + appendHistory

// guardedOnce is for events: one that is on record changes nothing, whoever wrote it down.
const guardedOnce = guard + ` AND NOT EXISTS (SELECT FROM inbox h WHERE h.source = @source AND h.id = @event)` + appendHistory

// keepResponses keeps what is published because of an event. The stored responses make the event's repetition harmless; two
// copies at once meet at the contract's row, and the second finds another version.
const keepResponses = `, responded AS (
		INSERT INTO inbox (source, id, responses, at) SELECT @source, @event, @responses, @at FROM guarded
	)`

const countUpdated = ` SELECT count(*) FROM guarded`

// What an event leads to. Most events touch no notification and no attempt, and PostgreSQL plans what a statement names
// whether or not it comes to it: so each kind has a statement of its own.
const (
	updateContract = guardedOnce + keepResponses + countUpdated

	// updateAttempt keeps the attempt's row as the contract has it, and gives its lease back.
	updateAttempt = guardedOnce + keepResponses + `, settled AS (
		UPDATE attempts a SET state = @state, request_id = coalesce(nullif(@request, ''), a.request_id), lease_until = NULL
		FROM guarded WHERE a.contract = guarded.id AND a.number = @current
	)` + countUpdated

	// updateNotification keeps the notification's row as the contract has it.
	updateNotification = guardedOnce + keepResponses + `, mailed AS (
		INSERT INTO notifications AS l (contract, kind, sequence, recipient, state, number, lease_until, next_try, sent_at)
		SELECT id, @kind, @sequence, @recipient, @notification_state::text, @claim, clock_timestamp(), clock_timestamp() + @wait::interval,
			CASE WHEN @notification_state::text = 'sent' THEN @at::timestamptz END
		FROM guarded
		ON CONFLICT (contract, kind, sequence, recipient)
		DO UPDATE SET state = EXCLUDED.state, lease_until = EXCLUDED.lease_until, next_try = EXCLUDED.next_try, sent_at = EXCLUDED.sent_at
		WHERE l.state <> 'sent' AND (EXCLUDED.state = 'sent' OR @claim = 0 OR l.number <= @claim)
	)` + countUpdated
)

// write writes an event down in one round trip. ErrVersionConflict if another was faster.
func (s *Store) write(ctx context.Context, u update) error {
	args, err := u.args()
	if err != nil {
		return err
	}
	statement, err := addEvent(args, u)
	if err != nil {
		return err
	}
	var written int
	err = s.send(ctx, u, func(b *pgx.Batch) {
		b.Queue(statement, args).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	})
	if err != nil {
		return fmt.Errorf("write down %s of contract %s: %w", u.entry.What, u.after.ID, err)
	}
	if written == 0 {
		return ErrVersionConflict
	}
	return nil
}

// send makes the round trip: with others, unless it brings documents or unblocks other contracts, which would hold them up.
func (s *Store) send(ctx context.Context, u update, queue func(*pgx.Batch)) error {
	unblock := s.unblocks(u)
	if len(u.files) == 0 && unblock == nil {
		return s.batcher.Submit(ctx, string(u.after.ID), queue)
	}
	return s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		queue(b)
		s.documents.Keep(b, u.after.ID, u.entry.Hash, u.files)
		if unblock != nil {
			unblock(b)
		}
	})
}

// args are the values of guardedUpdate.
func (u update) args() (pgx.StrictNamedArgs, error) {
	snapshot, err := json.Marshal(u.after)
	if err != nil {
		return nil, fmt.Errorf("encode contract %s: %w", u.after.ID, err)
	}
	return pgx.StrictNamedArgs{
		"id": string(u.after.ID), "expected": u.before.contract.Version, "behind": u.before.head,
		"status": string(u.after.Status), "version": u.after.Version, "snapshot": snapshot, "causes": causesOf(u.after, 0),
		"due_at": u.dueAt, "routine": u.routine, "quiet": u.quiet, "again": u.again, "at": u.entry.At, "seq": u.entry.Seq, "actor": u.entry.Actor, "what": u.entry.What,
		"detail": []byte(u.entry.Detail), "previous_hash": u.entry.PreviousHash, "hash": u.entry.Hash,
	}, nil
}

// addEvent adds the values that only an event has, and says which statement writes it.
func addEvent(args pgx.StrictNamedArgs, u update) (statement string, err error) {
	if args["responses"], err = encodeEvents(u.out); err != nil {
		return "", err
	}
	in := u.in.Event()
	args["source"], args["event"] = in.Source, in.ID
	switch f := in.Payload.(type) {
	case events.MailSent:
		return addNotification(args, u, f.Kind, f.Sequence, f.Recipient, 0), nil
	case events.MailRefused:
		return addNotification(args, u, f.Kind, f.Sequence, f.Recipient, f.Claim), nil
	case events.MailFailed:
		return addNotification(args, u, f.Kind, f.Sequence, f.Recipient, f.Claim), nil
	case events.SignatureOpened, events.SignatureChecked, events.SignatureFailed:
		return addAttempt(args, u.after), nil
	}
	return updateContract, nil
}

// addAttempt adds how the current attempt stands.
func addAttempt(args pgx.StrictNamedArgs, c contract.Contract) (statement string) {
	args["current"], args["state"], args["request"] = 0, string(contract.Opening), ""
	if c.Request != nil {
		args["current"], args["state"], args["request"] = c.Request.Attempt, string(c.Request.State), c.Request.ID
	}
	return updateAttempt
}

// addNotification adds what became of a notification.
func addNotification(args pgx.StrictNamedArgs, u update, name contract.NotificationKind, sequence int, recipient string, claim int) (statement string) {
	l := notifications.Find(&u.after, contract.Notification{Kind: name, Sequence: sequence, Recipient: recipient})
	notifications.AddRow(args, *l, claim, u.entry.At)
	return updateNotification
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
