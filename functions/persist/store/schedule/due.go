package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

const (
	// BatchSize is how many contracts are claimed, published and rescheduled together.
	BatchSize = 200
	// maxPerOwner is how many of one owner's are in a batch of recoveries, while others have some: one owner's thousand
	// do not keep another's one waiting.
	maxPerOwner = 20
	// ClaimTime is how long a claimed contract is left to the one who claimed it. If its fact could not be published, it is
	// due again then.
	ClaimTime = time.Minute
)

// queue is one of the two kinds of due contracts, and the query that chooses the next of them.
type queue struct{ choose string }

var (
	// recoveries are fair among owners: the owners with something due are walked along the index.
	recoveries = queue{`WITH RECURSIVE owners AS (
			(SELECT owner FROM contracts WHERE due_at <= @at AND NOT routine ORDER BY owner LIMIT 1)
			UNION ALL
			SELECT (SELECT c.owner FROM contracts c WHERE c.owner > o.owner AND c.due_at <= @at AND NOT c.routine ORDER BY c.owner LIMIT 1)
			FROM owners o WHERE o.owner IS NOT NULL)
		SELECT d.id FROM owners o, LATERAL (SELECT c.id, row_number() OVER (ORDER BY c.due_at) AS place, c.due_at
			FROM contracts c WHERE c.owner = o.owner AND c.due_at <= @at AND NOT c.routine ORDER BY c.due_at LIMIT @each) d
		ORDER BY d.place, d.due_at LIMIT @most`}
	looks = queue{`SELECT id FROM contracts WHERE due_at <= @at AND routine ORDER BY due_at LIMIT @most`}
)

const (
	// claimContracts takes chosen contracts for a while. Those that another instance is about to take, or that are being
	// written, are passed over.
	claimContracts = `WITH mine AS (SELECT id FROM contracts WHERE id = ANY (@ids) AND due_at <= @at FOR UPDATE SKIP LOCKED)
		UPDATE contracts c SET due_at = @claimed FROM mine WHERE c.id = mine.id RETURNING c.snapshot, c.backoff, c.unblocked`

	// rescheduleDue counts the look, unless something was written down meanwhile: then the contract is due as that says. What is
	// overdue by now is listed as such until something is written down.
	rescheduleDue = `UPDATE contracts c SET due_at = n.due_at, backoff = n.backoff, routine = n.routine, unblocked = false,
			causes = CASE WHEN n.overdue AND NOT '` + lifecycle.CauseOverdue + `' = ANY (c.causes) THEN array_append(c.causes, '` + lifecycle.CauseOverdue + `') ELSE c.causes END
		FROM unnest(@ids::text[], @due::timestamptz[], @backoff::integer[], @routine::boolean[], @overdue::boolean[]) AS n (id, due_at, backoff, routine, overdue)
		WHERE c.id = n.id AND c.due_at = @claimed`

	// pullLooksBack finds due times that no rule makes: whoever wrote them had a wrong clock. Looked at now, they get right ones.
	// Each queue is asked by itself, for each has an index of its own.
	pullLooksBack      = `UPDATE contracts SET due_at = @at WHERE due_at > @latest AND routine`
	pullRecoveriesBack = `UPDATE contracts SET due_at = @at WHERE due_at > @latest AND due_at IS NOT NULL AND NOT routine`
)

func (s *Scheduler) pullBack(ctx context.Context) error {
	at := s.db.Moment()
	return s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		args := pgx.StrictNamedArgs{"at": at, "latest": at.Add(lifecycle.Longest + time.Hour)}
		b.Queue(pullLooksBack, args)
		b.Queue(pullRecoveriesBack, args)
	})
}

// publishDue publishes the due contracts of one queue, at most so many (0: all), until its time is over. It returns how many
// those were.
func (s *Scheduler) publishDue(ctx context.Context, tick events.Event, from queue, most int, until time.Time) (published int, err error) {
	for s.db.Now().Before(until) {
		size := BatchSize
		if most > 0 {
			size = min(size, most-published)
		}
		if size <= 0 {
			return published, nil
		}
		n, more, err := s.publishBatch(ctx, tick, from, size)
		published += n
		if err != nil || !more {
			return published, err
		}
	}
	return published, nil
}

// claimed is a contract that this tick has taken.
type claimed struct {
	contract  contract.Contract
	looks     int
	unblocked bool // it waited for a fault of the installation that is over
}

// publishBatch claims some contracts, publishes that they are due and reschedules them. more says that there may
// be further ones; a broker that takes nothing ends the tick, for they are all due again in a minute.
func (s *Scheduler) publishBatch(ctx context.Context, tick events.Event, from queue, size int) (n int, more bool, err error) {
	at := s.db.Moment()
	until := at.Add(ClaimTime)
	batch, err := s.claimDue(ctx, from, size, at, until)
	if err != nil {
		return 0, false, fmt.Errorf("look for contracts that are due: %w", err)
	}
	s.unblock(ctx, batch, until)
	if len(batch) > 0 {
		function.Point("persist.due-claimed")
	}
	published, err := s.publishAll(ctx, tick, batch, at)
	if len(published) > 0 {
		function.Point("persist.due-published")
		err = errors.Join(err, s.reschedule(ctx, published, at, until))
	}
	return len(published), len(batch) > 0 && err == nil, err
}

func (s *Scheduler) claimDue(ctx context.Context, from queue, size int, at, until time.Time) (batch []claimed, err error) {
	err = s.db.Tx(ctx, access.Itself, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, from.choose, pgx.NamedArgs{"at": at, "each": maxPerOwner, "most": size})
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(ids) == 0 {
			return err
		}
		rows, err = tx.Query(ctx, claimContracts, pgx.StrictNamedArgs{"ids": ids, "at": at, "claimed": until})
		if err != nil {
			return err
		}
		batch, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c claimed, err error) {
			return c, row.Scan(&c.contract, &c.looks, &c.unblocked)
		})
		slices.SortFunc(batch, func(a, b claimed) int { // as they were chosen
			return slices.Index(ids, string(a.contract.ID)) - slices.Index(ids, string(b.contract.ID))
		})
		return err
	})
	return batch, err
}

// unblock lets the notifications of claimed contracts go at once that waited for a fault that is over, before it is published that
// the contracts are due. One for which that fails waits as long as it would have.
func (s *Scheduler) unblock(ctx context.Context, batch []claimed, until time.Time) {
	for i := range batch {
		if c := &batch[i]; c.unblocked {
			after, err := s.contracts.Unblock(ctx, c.contract.ID, until)
			if err != nil {
				s.log.Warn("waiting notifications could not be released early", "contract", string(c.contract.ID), "error", err.Error())
				continue
			}
			c.contract = after
		}
	}
}

// reschedule writes when the contracts are due next.
func (s *Scheduler) reschedule(ctx context.Context, batch []claimed, at, until time.Time) error {
	var ids []string
	var due []*time.Time
	var looked []int
	var routine, overdue []bool
	for _, c := range batch {
		next, r := s.contracts.DueAt(c.contract, c.looks+1, at)
		ids, due, looked = append(ids, string(c.contract.ID)), append(due, next), append(looked, c.looks+1)
		routine, overdue = append(routine, r), append(overdue, lifecycle.Overdue(c.contract, c.looks+1) != nil)
	}
	return s.db.Batch(ctx, access.Itself, func(b *pgx.Batch) {
		b.Queue(rescheduleDue, pgx.StrictNamedArgs{"ids": ids, "due": due, "backoff": looked, "routine": routine, "overdue": overdue, "claimed": until})
	})
}
