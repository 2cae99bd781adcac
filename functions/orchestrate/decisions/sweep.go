package decisions

import (
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// pagesAtOnce is how many pages of the service's list one delivery turns, if the shared allowance has as many calls to
// spare. The sweep goes on at the next tick.
const pagesAtOnce = 5

// sweep looks through the requests at the signature service and tells persist of those that are ours. It is in no hurry:
// what stops it now is tried again by the clock and not by the broker.
func (l *Handler) sweep(ctx context.Context, due events.SweepDue) ([]events.Payload, error) {
	ctx, cancel := context.WithTimeout(ctx, deliveryBudget)
	defer cancel()
	cursor := due.Cursor
	for range pagesAtOnce {
		next, err := l.sweepPage(ctx, due.Number, cursor)
		if errors.Is(err, persistclient.ErrConflict) {
			return nil, nil // another delivery is ahead
		}
		if err != nil {
			l.Log.Warn("the sweep goes on later", "sweep", due.Number, "error", err.Error())
			return nil, nil
		}
		if cursor = next; cursor == "" {
			return nil, nil
		}
	}
	return nil, nil
}

// errNoCalls says that the shared allowance has nothing to spare at the moment.
var errNoCalls = errors.New("the signature service's allowance is spent for the moment")

// sweepPage turns one page and returns the cursor of the next, "" if there is none to turn now.
func (l *Handler) sweepPage(ctx context.Context, number int, cursor string) (next string, err error) {
	granted := persistclient.Lease{Calls: 1}
	if l.PerMinute > 0 {
		if granted, err = l.Record.TakeCalls(ctx, 1, l.PerMinute); err != nil {
			return "", fmt.Errorf("ask for a call: %w", err)
		}
	}
	if granted.Calls == 0 {
		return "", errNoCalls
	}
	page, next, err := l.Service.List(withCalls(ctx, granted.Calls), cursor)
	var rejected signing.Rejected
	if errors.As(err, &rejected) && cursor != "" { // cursors may not live for ever
		return "", l.Record.Sweep(ctx, persistclient.SweptPage{Number: number, Cursor: cursor, Again: true})
	}
	if err != nil {
		return "", err
	}
	swept := persistclient.SweptPage{Number: number, Cursor: cursor, Next: next}
	for _, r := range page {
		if sealed, err := l.Unseal(r.ExternalID); err == nil && r.State != "" {
			swept.Requests = append(swept.Requests, persistclient.SweptRequest{
				Request: r.ID, ExternalID: r.ExternalID, Contract: sealed.Contract, Attempt: sealed.Attempt, State: r.State, Created: r.Created,
			})
		}
	}
	return next, l.Record.Sweep(ctx, swept)
}
