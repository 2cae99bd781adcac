package broker

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// shuffleWindow is how late a shuffled delivery may be, so that others overtake it.
const shuffleWindow = 20 * time.Millisecond

// Faults are what a broker may do at any time and seldom does: deliver twice, late, in any order.
type Faults struct {
	Twice   bool          // every event goes to every Trigger that matches it twice
	Delay   time.Duration // each delivery waits for a random time up to this
	Shuffle bool          // each delivery waits for a random moment more, so that those behind overtake it
	Seed    uint64        // of the random times
}

// faultInjector applies Faults.
type faultInjector struct {
	mu     sync.Mutex
	m      Faults
	random *rand.Rand
	seen   map[seenKey]bool
	met    int // how many deliveries were affected since SetFaults
}

type seenKey struct{ source, id, trigger string }

// SetFaults replaces the faults from the next event on. The zero Faults are none.
func (b *Broker) SetFaults(m Faults) {
	b.faults.mu.Lock()
	defer b.faults.mu.Unlock()
	b.faults.m = m
	b.faults.random = rand.New(rand.NewPCG(m.Seed, m.Seed)) // #nosec G404 -- a storm has to be repeatable
	b.faults.seen, b.faults.met = map[seenKey]bool{}, 0
}

// Met is how many deliveries went wrong since SetFaults.
func (b *Broker) Met() int {
	b.faults.mu.Lock()
	defer b.faults.mu.Unlock()
	return b.faults.met
}

// EveryFault is each fault alone, by its name and at its strongest.
func EveryFault() map[string]Faults {
	every := map[string]Faults{}
	kinds := reflect.TypeFor[Faults]()
	for i := range kinds.NumField() {
		var m Faults
		switch f := reflect.ValueOf(&m).Elem().Field(i); f.Interface().(type) {
		case bool:
			f.SetBool(true)
		case time.Duration:
			f.SetInt(int64(time.Second))
		default: // it says more of another
			continue
		}
		every[strings.ToLower(kinds.Field(i).Name)] = m
	}
	return every
}

// copies is how often an event goes to a Trigger. One that comes again, as the reply to a doubled event does, is not
// doubled again: at every hop there would be twice as many.
func (m *faultInjector) copies(e cloudevents.Event, trigger string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.m.Twice {
		return 1
	}
	s := seenKey{source: e.Source(), id: e.ID(), trigger: trigger}
	if m.seen[s] {
		return 1
	}
	m.seen[s] = true
	m.met++
	return 2
}

func (m *faultInjector) late() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var late time.Duration
	if m.m.Delay > 0 {
		late += time.Duration(m.random.Int64N(int64(m.m.Delay)))
	}
	if m.m.Shuffle {
		late += time.Duration(m.random.Int64N(int64(shuffleWindow)))
	}
	if late > 0 {
		m.met++
	}
	return late
}
