package persist

import (
	"context"
	"fmt"
	"time"

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
	swept, err := l.sweep(ctx, tick)
	if err != nil {
		return nil, fmt.Errorf("see whether it is time for a sweep: %w", err)
	}
	return swept, l.prune(ctx, until)
}
