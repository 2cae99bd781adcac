package decisions

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Limiter lets calls of the signature service begin as often as the service takes them from all instances together.
// The count is a row of persist's, so that one instance knows what the others call.
type Limiter struct {
	PerMinute int // 0: no limit
	Record    *persistclient.Client
	Log       *slog.Logger
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

// Take is called before each call. It uses what the work has left, or asks for more.
func (g *Limiter) Take(ctx context.Context) error {
	if g.PerMinute == 0 {
		return nil
	}
	a, _ := ctx.Value(allowanceKey{}).(*allowance)
	if a == nil {
		a = &allowance{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left == 0 {
		granted, err := g.Record.TakeCalls(ctx, callsAtOnce, g.PerMinute)
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

// Block tells every instance that the service asked to be left alone.
func (g *Limiter) Block(ctx context.Context, after time.Duration) {
	if err := g.Record.BlockCalls(context.WithoutCancel(ctx), after.Seconds()); err != nil {
		g.Log.Warn("the signature service limits our calls, and the other instances could not be notified", "after", after.String(), "error", err.Error())
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
