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

// Mischief makes visible what a broker may do at any time and seldom does: deliver twice, late, in any order.
type Mischief struct {
	Twice   bool          // every event goes to every Trigger that hears it twice
	Delay   time.Duration // each delivery waits for a random time up to this
	Shuffle bool          // each delivery waits for a random moment more, so that those behind overtake it
	Seed    uint64        // of the random times
}

// mischief is a Mischief at work.
type mischief struct {
	mu     sync.Mutex
	m      Mischief
	random *rand.Rand
	seen   map[sighting]bool
	met    int // how many deliveries something was done to, since then
}

type sighting struct{ source, id, trigger string }

// SetMischief replaces what goes wrong from the next event on. The zero Mischief ends it.
func (b *Broker) SetMischief(m Mischief) {
	b.mischief.mu.Lock()
	defer b.mischief.mu.Unlock()
	b.mischief.m = m
	b.mischief.random = rand.New(rand.NewPCG(m.Seed, m.Seed)) // #nosec G404 -- a storm has to be repeatable
	b.mischief.seen, b.mischief.met = map[sighting]bool{}, 0
}

// Met is how many deliveries went wrong since the Mischief was set.
func (b *Broker) Met() int {
	b.mischief.mu.Lock()
	defer b.mischief.mu.Unlock()
	return b.mischief.met
}

// EveryMischief is each kind of Mischief alone, by its name and at its strongest.
func EveryMischief() map[string]Mischief {
	every := map[string]Mischief{}
	kinds := reflect.TypeFor[Mischief]()
	for i := range kinds.NumField() {
		var m Mischief
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
func (m *mischief) copies(e cloudevents.Event, trigger string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.m.Twice {
		return 1
	}
	s := sighting{source: e.Source(), id: e.ID(), trigger: trigger}
	if m.seen[s] {
		return 1
	}
	m.seen[s] = true
	m.met++
	return 2
}

func (m *mischief) late() time.Duration {
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
