package persist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// dueLimit is for how many contracts one tick speaks. The rest is a minute later.
const dueLimit = 100

const (
	readTick = `SELECT said FROM heard WHERE source = $1 AND id = $2`

	// takeDue takes contracts whose time has come. Those that another instance is about to take, or that are being
	// written, are passed over.
	takeDue = `SELECT snapshot, nudges FROM contracts WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED`

	// pushOn counts the look. What is overdue by now is listed as such until something is written down.
	pushOn = `UPDATE contracts c SET due_at = n.due_at, nudges = n.nudges,
			causes = CASE WHEN n.overdue AND NOT '` + lifecycle.CauseOverdue + `' = ANY (c.causes) THEN array_append(c.causes, '` + lifecycle.CauseOverdue + `') ELSE c.causes END
		FROM unnest($1::text[], $2::timestamptz[], $3::integer[], $4::boolean[]) AS n (id, due_at, nudges, overdue) WHERE c.id = n.id`

	keepAnswer = `INSERT INTO heard (source, id, said, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
)

// tick says contract.due for the contracts whose time has come, pushes their due times on, and forgets a little of
// what is old. The same tick heard again says the same again.
func (l *ledger) tick(ctx context.Context, believed events.Verified) (said []events.Event, err error) {
	heard, at := believed.Event(), l.moment()
	err = l.db.transact(ctx, itself, func(tx pgx.Tx) error {
		var answered []byte
		err := tx.QueryRow(ctx, readTick, heard.Source, heard.ID).Scan(&answered)
		if err == nil {
			said, err = decodeSaid(answered)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if said, err = l.claimDue(ctx, tx, heard, at); err != nil {
			return err
		}
		return prune(ctx, tx, at)
	})
	if err != nil {
		return nil, fmt.Errorf("look for contracts that are due: %w", err)
	}
	return said, nil
}

// claimDue takes the contracts that are due and returns what is said of them.
func (l *ledger) claimDue(ctx context.Context, tx pgx.Tx, heard events.Event, at time.Time) ([]events.Event, error) {
	rows, err := tx.Query(ctx, takeDue, at, dueLimit)
	if err != nil {
		return nil, err
	}
	var said []events.Event
	var ids []string
	var next []*time.Time
	var nudges []int
	var overdue []bool
	var c contract.Contract
	var nudged int
	_, err = pgx.ForEachRow(rows, []any{&c, &nudged}, func() error {
		e, err := dueFact(heard, c, at)
		said, ids = append(said, e), append(ids, string(c.ID))
		next, nudges = append(next, l.dueAt(c, nudged+1, at)), append(nudges, nudged+1)
		overdue = append(overdue, lifecycle.Overdue(c, nudged+1) != nil)
		c = contract.Contract{} // JSON lays values over what is there
		return err
	})
	if err != nil || len(said) == 0 {
		return nil, err
	}
	if _, err := tx.Exec(ctx, pushOn, ids, next, nudges, overdue); err != nil {
		return nil, err
	}
	text, err := encodeSaid(said)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, keepAnswer, heard.Source, heard.ID, text, at)
	return said, err
}

func dueFact(heard events.Event, c contract.Contract, at time.Time) (events.Event, error) {
	heard.Subject = c.ID // the clock speaks of no contract
	e, err := events.Reply(heard, Manifest.Name, events.ContractDue{Snapshot: events.Snapshot{Contract: c, News: events.ContractDue{}.Type()}})
	e.Time = at
	return e, err
}

// What is forgotten after a while: answers that nobody can ask for again. A broker gives an event up after its last
// retry, far sooner than that, and clients are promised a day for repeating a request.
const (
	forgetHeard      = `DELETE FROM heard WHERE ctid IN (SELECT ctid FROM heard WHERE at < $1 LIMIT $2)`
	forgetAnswers    = `DELETE FROM idempotency WHERE ctid IN (SELECT ctid FROM idempotency WHERE created_at < $1 LIMIT $2)`
	forgetSessions   = `DELETE FROM sessions WHERE ctid IN (SELECT ctid FROM sessions WHERE expires_at < $1 LIMIT $2)`
	keepHeardFor     = 30 * 24 * time.Hour
	keepAnswersFor   = 48 * time.Hour
	keepSessionsFor  = 24 * time.Hour // beyond their end
	forgottenAtATime = 500
)

func prune(ctx context.Context, tx pgx.Tx, at time.Time) error {
	b := &pgx.Batch{}
	b.Queue(forgetHeard, at.Add(-keepHeardFor), forgottenAtATime)
	b.Queue(forgetAnswers, at.Add(-keepAnswersFor), forgottenAtATime)
	b.Queue(forgetSessions, at.Add(-keepSessionsFor), forgottenAtATime)
	return tx.SendBatch(ctx, b).Close()
}
