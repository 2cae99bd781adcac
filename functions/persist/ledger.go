package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// ledger is the record: every command that changes it, and every question to it.
type ledger struct {
	db           *database
	files        Files
	flights      *flights
	memory       *memory
	paces        *paces // of freeing what waited for a fault of the installation
	schedule     lifecycle.Schedule
	looksPerTick int // at contracts that wait for people; 0 for all that are due
	keep         memories
	sweepEvery   time.Duration
	now          func() time.Time
	log          *slog.Logger
	publish      function.Publisher
}

// tries is how often a command that lost a race is done again before it is given back to the caller.
const tries = 8

// publishTimeout bounds how long a person waits for the broker. What it did not take in time is said again when the
// contract is due.
const publishTimeout = 3 * time.Second

// moment is the present as PostgreSQL keeps it, so that what is read back equals what was hashed.
func (l *ledger) moment() time.Time { return l.now().UTC().Truncate(time.Microsecond) }

// tell publishes a fact that followed from a question and not from an event. It is committed by now, so the caller's
// leaving changes nothing, and a broker that is away only delays what follows.
func (l *ledger) tell(ctx context.Context, id contract.ID, version int64, fact events.Payload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	e := events.Event{
		ID: events.DerivedID(Manifest.Name, string(id), fmt.Sprint(version), fact.Type()), Source: Manifest.Name, Subject: id, Payload: fact,
	}
	if err := l.publish.Publish(ctx, e); err != nil {
		l.log.Warn("not published; it will be said when the contract is due", "event", fact.Type(), "contract", string(id), "error", err.Error())
	}
}

// encodeSaid gives what is said the form in which it is kept: CloudEvents in JSON.
func encodeSaid(said []events.Event) ([]byte, error) {
	kept := make([]cloudevents.Event, len(said))
	for i, e := range said {
		var err error
		if kept[i], err = events.ToCloudEvent(e); err != nil {
			return nil, err
		}
	}
	return json.Marshal(kept)
}

// decodeSaid returns what was said before, ids and times included.
func decodeSaid(text []byte) ([]events.Event, error) {
	var kept []cloudevents.Event
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("read a stored answer: %w", err)
	}
	said := make([]events.Event, len(kept))
	for i, ce := range kept {
		var err error
		if said[i], err = events.FromCloudEvent(ce); err != nil {
			return nil, fmt.Errorf("read a stored answer: %w", err)
		}
	}
	return said, nil
}
