package persist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

const (
	// dueBatch is how many contracts are claimed, spoke for and pushed on together.
	dueBatch = 200
	// duePerOwner is how many of one owner's are in a batch of recoveries, while others have some: one owner's thousand
	// do not keep another's one waiting.
	duePerOwner = 20
	// dueClaim is how long a claimed contract is left to the one who claimed it. If its fact could not be published, it is
	// due again then.
	dueClaim = time.Minute
	// publishers is how many facts are published at once.
	publishers = 8
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
	// claimDue takes chosen contracts for a while. Those that another instance is about to take, or that are being
	// written, are passed over.
	claimDue = `WITH mine AS (SELECT id FROM contracts WHERE id = ANY (@ids) AND due_at <= @at FOR UPDATE SKIP LOCKED)
		UPDATE contracts c SET due_at = @claimed FROM mine WHERE c.id = mine.id RETURNING c.snapshot, c.nudges, c.freed`

	// pushOn counts the look, unless something was written down meanwhile: then the contract is due as that says. What is
	// overdue by now is listed as such until something is written down.
	pushOn = `UPDATE contracts c SET due_at = n.due_at, nudges = n.nudges, routine = n.routine, freed = false,
			causes = CASE WHEN n.overdue AND NOT '` + lifecycle.CauseOverdue + `' = ANY (c.causes) THEN array_append(c.causes, '` + lifecycle.CauseOverdue + `') ELSE c.causes END
		FROM unnest(@ids::text[], @due::timestamptz[], @nudges::integer[], @routine::boolean[], @overdue::boolean[]) AS n (id, due_at, nudges, routine, overdue)
		WHERE c.id = n.id AND c.due_at = @claimed`

	// pullBack finds due times that no rule makes: whoever wrote them had a wrong clock. Looked at now, they get right ones.
	// Each queue is asked by itself, for each has an index of its own.
	pullLooksBack      = `UPDATE contracts SET due_at = @at WHERE due_at > @latest AND routine`
	pullRecoveriesBack = `UPDATE contracts SET due_at = @at WHERE due_at > @latest AND due_at IS NOT NULL AND NOT routine`
)

// dueAt is when the contract is to be looked at again by itself, if nothing was written down since at and it was looked
// at so many times; nil for never. routine says that the look only asks whether people have gone on.
func (l *ledger) dueAt(c contract.Contract, looks int, at time.Time) (next *time.Time, routine bool) {
	wait, routine := l.schedule.Due(c, looks, at)
	if wait == 0 {
		return nil, false
	}
	due := at.Add(wait).Truncate(time.Microsecond)
	return &due, routine
}

func (l *ledger) pullBack(ctx context.Context) error {
	at := l.moment()
	return l.db.trip(ctx, itself, func(b *pgx.Batch) {
		args := pgx.StrictNamedArgs{"at": at, "latest": at.Add(lifecycle.Longest + time.Hour)}
		b.Queue(pullLooksBack, args)
		b.Queue(pullRecoveriesBack, args)
	})
}

// sayDue speaks for the due contracts of one queue, at most so many (0: all), until its time is over. It returns for how
// many it did.
func (l *ledger) sayDue(ctx context.Context, tick events.Event, from queue, most int, until time.Time) (said int, err error) {
	for l.now().Before(until) {
		size := dueBatch
		if most > 0 {
			size = min(size, most-said)
		}
		if size <= 0 {
			return said, nil
		}
		n, more, err := l.sayBatch(ctx, tick, from, size)
		said += n
		if err != nil || !more {
			return said, err
		}
	}
	return said, nil
}

// claimed is a contract that this tick speaks for.
type claimed struct {
	contract contract.Contract
	looks    int
	freed    bool // it waited for a fault of the installation that is over
}

// sayBatch claims some contracts, publishes that they are due and pushes their due times on. more says that there may
// be further ones; a broker that takes nothing ends the tick, for they are all due again in a minute.
func (l *ledger) sayBatch(ctx context.Context, tick events.Event, from queue, size int) (said int, more bool, err error) {
	at := l.moment()
	until := at.Add(dueClaim)
	batch, err := l.claimDue(ctx, from, size, at, until)
	if err != nil {
		return 0, false, fmt.Errorf("look for contracts that are due: %w", err)
	}
	l.freed(ctx, batch, until)
	if len(batch) > 0 {
		function.Point("persist.due-claimed")
	}
	published, err := l.publishDue(ctx, tick, batch, at)
	if len(published) > 0 {
		function.Point("persist.due-published")
		err = errors.Join(err, l.pushOn(ctx, published, at, until))
	}
	return len(published), len(batch) > 0 && err == nil, err
}

func (l *ledger) claimDue(ctx context.Context, from queue, size int, at, until time.Time) (batch []claimed, err error) {
	err = l.db.transact(ctx, itself, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, from.choose, pgx.NamedArgs{"at": at, "each": duePerOwner, "most": size})
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(ids) == 0 {
			return err
		}
		rows, err = tx.Query(ctx, claimDue, pgx.StrictNamedArgs{"ids": ids, "at": at, "claimed": until})
		if err != nil {
			return err
		}
		batch, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c claimed, err error) {
			return c, row.Scan(&c.contract, &c.looks, &c.freed)
		})
		slices.SortFunc(batch, func(a, b claimed) int { // as they were chosen
			return slices.Index(ids, string(a.contract.ID)) - slices.Index(ids, string(b.contract.ID))
		})
		return err
	})
	return batch, err
}

// publishDue publishes that each of them is due, several at once, and returns those that the broker took.
func (l *ledger) publishDue(ctx context.Context, tick events.Event, batch []claimed, at time.Time) (published []claimed, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan claimed)
	for range publishers {
		all.Go(func() {
			for c := range next {
				failed := l.publishOne(ctx, tick, c.contract, at)
				mu.Lock()
				if failed == nil {
					published = append(published, c)
				}
				err = errors.Join(err, failed)
				mu.Unlock()
			}
		})
	}
	for _, c := range batch {
		mu.Lock()
		failed := err != nil
		mu.Unlock()
		if failed {
			break
		}
		next <- c
	}
	close(next)
	all.Wait()
	return published, err
}

func (l *ledger) publishOne(ctx context.Context, tick events.Event, c contract.Contract, at time.Time) error {
	tick.Subject = c.ID // the clock speaks of no contract
	e, err := events.Reply(tick, Manifest.Name, events.ContractDue{Snapshot: events.Snapshot{Contract: c, Cause: events.ContractDue{}.Type()}})
	if err != nil {
		return err
	}
	e.Time = at
	return l.publish.Publish(ctx, e)
}

// pushOn writes when the contracts are due next.
func (l *ledger) pushOn(ctx context.Context, batch []claimed, at, until time.Time) error {
	var ids []string
	var due []*time.Time
	var looked []int
	var routine, overdue []bool
	for _, c := range batch {
		next, r := l.dueAt(c.contract, c.looks+1, at)
		ids, due, looked = append(ids, string(c.contract.ID)), append(due, next), append(looked, c.looks+1)
		routine, overdue = append(routine, r), append(overdue, lifecycle.Overdue(c.contract, c.looks+1) != nil)
	}
	return l.db.trip(ctx, itself, func(b *pgx.Batch) {
		b.Queue(pushOn, pgx.StrictNamedArgs{"ids": ids, "due": due, "nudges": looked, "routine": routine, "overdue": overdue, "claimed": until})
	})
}
