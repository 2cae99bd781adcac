// Package schedule does what is due when the clock ticks: it publishes which contracts are to be looked at again, begins sweeps
// of the signature service, and deletes what is old.
package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/signature"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// Config says how often things are done, and for how long what is not the record itself is kept.
type Config struct {
	LooksPerTick int           // at contracts that wait for people; 0 for all that are due
	SweepEvery   time.Duration // at the signature service's requests
	DeadLetters  time.Duration // for how long dead letters are kept
	Links        time.Duration // and links, after their contract has ended
}

// Scheduler does what is due.
type Scheduler struct {
	Config
	db        *postgres.Database
	contracts *contracts.Store
	signature *signature.Store
	publisher function.Publisher
	log       *slog.Logger
}

// New returns a scheduler of what is in this database.
func New(c Config, db *postgres.Database, contracts *contracts.Store, signature *signature.Store, publisher function.Publisher, log *slog.Logger) *Scheduler {
	return &Scheduler{Config: c, db: db, contracts: contracts, signature: signature, publisher: publisher, log: log}
}

// tickBudget is how long one tick goes on to publish which contracts are due: less than a request to this function may
// take (timeoutSeconds in knative/manifests/persist.yaml). What is left is a minute later.
const tickBudget = 25 * time.Second

// Tick publishes contract.due for the contracts whose time has come, and deletes a little of what is old. Recoveries come
// first, as many as its time allows: something of ours or of the outside has failed there. Looks at contracts that wait
// for people follow, as many as the signature service's allowance leaves for them. A tick that is handled again finds what
// is due then.
func (s *Scheduler) Tick(ctx context.Context, verified events.Verified) ([]events.Event, error) {
	if err := s.db.ReadClock(ctx); err != nil {
		return nil, fmt.Errorf("read the database's clock: %w", err)
	}
	tick, until := verified.Event(), s.db.Now().Add(tickBudget)
	if err := s.pullBack(ctx); err != nil {
		return nil, fmt.Errorf("pull due times back: %w", err)
	}
	recovered, err := s.publishDue(ctx, tick, recoveries, 0, until)
	if err != nil {
		return nil, err
	}
	looked, err := s.publishDue(ctx, tick, looks, s.LooksPerTick, until)
	if err != nil {
		return nil, err
	}
	if recovered+looked > 0 {
		s.log.Info("contracts were due", "recoveries", recovered, "looks", looked)
	}
	swept, err := s.sweep(ctx, tick)
	if err != nil {
		return nil, fmt.Errorf("see whether it is time for a sweep: %w", err)
	}
	return swept, s.prune(ctx, until)
}

// sweep publishes that it is time to look through the requests at the signature service, or to go on with that.
func (s *Scheduler) sweep(ctx context.Context, tick events.Event) ([]events.Event, error) {
	due, err := s.signature.ClaimSweep(ctx, s.SweepEvery)
	if err != nil || due.Number == 0 {
		return nil, err
	}
	e, err := events.Reply(tick, access.Persist, due)
	e.Time = s.db.Moment()
	return []events.Event{e}, err
}
