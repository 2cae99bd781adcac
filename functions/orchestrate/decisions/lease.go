package decisions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// deliveryBudget is how long one delivery works at the signature service: less than a request to this function may
	// take (timeoutSeconds in knative/manifests/orchestrate.yaml), with time left to record what came of it.
	deliveryBudget = 38 * time.Second
	// leaseMargin is how much longer the lease lasts than the work: nobody else begins while a last call is under way.
	leaseMargin = 15 * time.Second
	tellTimeout = 8 * time.Second
)

// usualCalls is how many calls each act takes as a rule. More are asked for one by one.
var usualCalls = map[string]int{persistclient.ActOpen: 4, persistclient.ActWithdraw: 3, persistclient.ActLook: 2, persistclient.ActFetch: 2}

// work is one attempt that this delivery works on, and the context that ends with its time.
type work struct {
	persistclient.Lease
	ctx  context.Context
	end  context.CancelFunc
	done func() // gives the lease back
}

// begin asks persist for an attempt. It is nil if there is nothing to do: the command came too late, or twice.
func (l *Handler) begin(ctx context.Context, id contract.ID, number int, act string) (*work, error) {
	asked := persistclient.LeaseRequest{
		Act: act, For: (deliveryBudget + leaseMargin).Seconds(), Calls: usualCalls[act], PerMinute: l.PerMinute,
	}
	working, end := context.WithTimeout(ctx, deliveryBudget) // from before the question: the lease begins later
	lease, err := l.Record.LeaseAttempt(working, id, number, asked)
	switch {
	case errors.Is(err, persistclient.ErrNotFound):
		err = function.Refuse("%s attempt %d of contract %s: %w", act, number, id, err)
	case err != nil:
		err = fmt.Errorf("%s attempt %d of contract %s: %w", act, number, id, err)
	case lease.Granted || act == persistclient.ActLook:
		function.Point("orchestrate.attempt-leased")
		return &work{Lease: lease, ctx: withCalls(working, lease.Calls), end: end, done: l.giveBack(ctx, id, number, lease)}, nil
	case lease.Wait > 0:
		err = function.Later{After: seconds(lease.Wait), Cause: fmt.Errorf("attempt %d of contract %s is being worked on", number, id)}
	}
	end()
	return nil, err
}

// giveBack ends a lease early, so that the next delivery need not wait until it lapses. If that fails, it waits.
func (l *Handler) giveBack(ctx context.Context, id contract.ID, number int, lease persistclient.Lease) func() {
	return func() {
		if !lease.Granted {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
		defer cancel()
		if err := l.Record.ReleaseAttempt(ctx, id, number, lease.Holder); err != nil {
			l.Log.Warn("an attempt waits until its lease expires: the lease could not be released", "contract", string(id), "attempt", number, "error", err.Error())
		}
	}
}

// close ends the work. recorded says that persist knows its end, which gave the lease back.
func (w *work) close(recorded bool) {
	w.end()
	if !recorded {
		w.done()
	}
}
