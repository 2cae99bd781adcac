package orchestrate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// callGate lets calls of the signature service begin as often as the service takes them from all instances together.
// The count is a row of persist's, so that one instance knows what the others call.
type callGate struct {
	perMinute int // 0: no limit
	record    *persistclient.Client
	log       *slog.Logger
}

// callsAtOnce is how many calls are asked for where the work did not bring its own.
const callsAtOnce = 2

// allowance is how many calls a piece of work may still begin.
type allowance struct {
	mu   sync.Mutex
	left int
}

type allowanceKey struct{}

// withCalls lets work begin so many calls without asking again.
func withCalls(ctx context.Context, calls int) context.Context {
	return context.WithValue(ctx, allowanceKey{}, &allowance{left: calls})
}

// pass is called before each call. It uses what the work has left, or asks for more.
func (g *callGate) pass(ctx context.Context) error {
	if g.perMinute == 0 {
		return nil
	}
	a, _ := ctx.Value(allowanceKey{}).(*allowance)
	if a == nil {
		a = &allowance{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left == 0 {
		granted, err := g.record.TakeCalls(ctx, callsAtOnce, g.perMinute)
		if err != nil {
			return err
		}
		if granted.Calls == 0 {
			return signing.Limited{After: seconds(granted.CallsWait)}
		}
		a.left = granted.Calls
	}
	a.left--
	return nil
}

// limited tells every instance that the service asked to be left alone.
func (g *callGate) limited(ctx context.Context, after time.Duration) {
	if err := g.record.BlockCalls(context.WithoutCancel(ctx), after.Seconds()); err != nil {
		g.log.Warn("the signature service limits us, and the other instances could not be told", "after", after.String(), "error", err.Error())
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
