// Package contracts changes contracts: it makes them, applies events and what people ask for, and writes each change with its
// entry in the history, guarded by the version that it was decided on.
package contracts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// Store is every command that changes contracts.
type Store struct {
	db        *postgres.Database
	documents documents.Store
	batcher   *postgres.Batcher
	cache     *stateCache
	paces     *paces // of unblocking what waited for a fault of the installation
	schedule  lifecycle.Schedule
	publisher function.Publisher
	log       *slog.Logger
}

// New returns a store in this database, which publishes what follows from what people ask for.
func New(db *postgres.Database, schedule lifecycle.Schedule, publisher function.Publisher, log *slog.Logger) *Store {
	return &Store{
		db: db, documents: documents.New(db), batcher: db.Batcher(), cache: &stateCache{}, paces: &paces{},
		schedule: schedule, publisher: publisher, log: log,
	}
}

// ErrVersionConflict says that the contract was written by another between reading and writing: read again.
var ErrVersionConflict = errors.New("another transaction changed the contract first")

// maxTries is how often a command that lost a race is done again before it is given back to the caller.
const maxTries = 8

// publishTimeout bounds how long a person waits for the broker. What it did not take in time is published again when the
// contract is due.
const publishTimeout = 3 * time.Second

// publish publishes a fact that followed from a request and not from an event. It is committed by now, so the caller's
// leaving changes nothing, and a broker that is away only delays what follows.
func (s *Store) publish(ctx context.Context, id contract.ID, version int64, fact events.Payload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	e := events.Event{
		ID: events.DerivedID(access.Persist, string(id), fmt.Sprint(version), fact.Type()), Source: access.Persist, Subject: id, Payload: fact,
	}
	if err := s.publisher.Publish(ctx, e); err != nil {
		s.log.Warn("not published; it will be published when the contract is due", "event", fact.Type(), "contract", string(id), "error", err.Error())
	}
}
