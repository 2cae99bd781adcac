package signing

import (
	"context"
	"sync"
)

// turns lets one caller at a time work under a key. A command that the broker delivers twice usually arrives twice
// at the same instance and at the same moment: the second waits and finds the work done. Between instances nothing
// depends on it.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // closed when the turn ends
}

// take waits for its turn. Who got it must call release once.
func (t *turns) take(ctx context.Context, key string) (release func(), err error) {
	for {
		before := t.tryToTake(key)
		if before == nil {
			return func() { t.release(key) }, nil
		}
		select {
		case <-before:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryToTake returns nil if the turn is the caller's, else what to wait for.
func (t *turns) tryToTake(key string) (before chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before := t.taken[key]; before != nil {
		return before
	}
	if t.taken == nil {
		t.taken = make(map[string]chan struct{})
	}
	t.taken[key] = make(chan struct{})
	return nil
}

func (t *turns) release(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.taken[key])
	delete(t.taken, key)
}
