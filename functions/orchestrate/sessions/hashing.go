package sessions

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// What computing passwords' hashes may take: each takes 19 MiB and a core for some tens of milliseconds, on purpose.
const (
	hashesAtOnce = 2  // of each lane
	lanePlaces   = 32 // for those that are computed and those that wait: a second or two of work
	onesPlaces   = 8  // of them, for one network: enough for an office in the morning
	laneBusy     = time.Second
)

// hashing computes hashes in two lanes: one for browsers that have logged in to the account before, and one for everybody
// else. Whoever floods the one holds up nobody in the other, and one network never has all places of a lane.
type hashing struct{ known, strangers *lane }

func newHashing() hashing { return hashing{known: newLane(), strangers: newLane()} }

func (h hashing) lane(known bool) *lane {
	if known {
		return h.known
	}
	return h.strangers
}

// lane is a bounded queue. Nobody waits at its end: whoever finds it full is told when to come again.
type lane struct {
	running chan struct{} // has a place for every hash that is being computed

	mu     sync.Mutex
	places int
	of     map[string]int // places by network
}

func newLane() *lane { return &lane{running: make(chan struct{}, hashesAtOnce), of: map[string]int{}} }

// enter takes a place, which leave gives back. Its error is a function.Later.
func (l *lane) enter(network string) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.places >= lanePlaces || l.of[network] >= onesPlaces {
		return nil, function.Later{After: laneBusy, Cause: errors.New("too many log-ins at once")}
	}
	l.places++
	l.of[network]++
	return func() { l.leave(network) }, nil
}

func (l *lane) leave(network string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.places--
	if l.of[network]--; l.of[network] == 0 {
		delete(l.of, network)
	}
}

// do works when its turn has come, or returns why ctx ended before: nothing is computed for who has gone.
func (l *lane) do(ctx context.Context, work func()) error {
	select {
	case l.running <- struct{}{}:
		defer func() { <-l.running }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil { // both may have happened
		return err
	}
	work()
	return nil
}
