package persist

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/events"
)

// tickBudget is how long one tick goes on to speak for contracts that are due: less than a request to this function may
// take (timeoutSeconds in knative/manifests/persist.yaml). What is left is a minute later.
const tickBudget = 25 * time.Second

// tick says contract.due for the contracts whose time has come, and forgets a little of what is old. Recoveries come
// first, as many as its time allows: something of ours or of the outside has failed there. Looks at contracts that wait
// for people follow, as many as the signature service's allowance leaves for them. A tick that is heard again finds what
// is due then.
func (l *ledger) tick(ctx context.Context, believed events.Verified) ([]events.Event, error) {
	if err := l.db.tellTime(ctx); err != nil {
		return nil, fmt.Errorf("read the database's clock: %w", err)
	}
	tick, until := believed.Event(), l.now().Add(tickBudget)
	if err := l.pullBack(ctx); err != nil {
		return nil, fmt.Errorf("pull due times back: %w", err)
	}
	recovered, err := l.sayDue(ctx, tick, recoveries, 0, until)
	if err != nil {
		return nil, err
	}
	looked, err := l.sayDue(ctx, tick, looks, l.looksPerTick, until)
	if err != nil {
		return nil, err
	}
	if recovered+looked > 0 {
		l.log.Info("contracts were due", "recoveries", recovered, "looks", looked)
	}
	err = l.db.transact(ctx, itself, func(tx pgx.Tx) error { return prune(ctx, tx, l.moment()) })
	if err != nil {
		return nil, fmt.Errorf("forget what is old: %w", err)
	}
	return nil, nil
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
