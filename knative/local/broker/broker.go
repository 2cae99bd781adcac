// Package broker delivers events on one machine as Knative Eventing does in a cluster: it reads the same Broker and
// Triggers and follows the same rules for filters, retries, replies and dead letters
// (https://github.com/knative/specs/blob/main/specs/eventing/data-plane.md). It keeps accepted
// events on disk until they are delivered.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long a delivery in flight may go on after the end of Run's context.
const grace = 5 * time.Second

// Options say which manifests to follow, and where to deliver.
type Options struct {
	Eventing string                              // folder with broker.yaml and triggers/*.yaml
	Store    string                              // file of the queue; made if it is not there
	Resolve  func(service string) (string, bool) // base address of the Knative Service of this name
	Client   *http.Client                        // delivers; it must not follow redirects. nil: one of its own
	Log      *slog.Logger
	Now      func() time.Time
	Faults   Faults
}

// Broker accepts events and delivers each to every Trigger whose filter matches it, at least once.
type Broker struct {
	o        Options
	name     string
	triggers []*trigger
	slots    map[string]slots // by address
	store    *store
	lastKey  atomic.Uint64
	counts   counts

	faults faultInjector

	mu      sync.Mutex
	pending map[uint64]*delivery // everything accepted and not delivered
	running *run                 // nil while nothing is delivered
}

// run is one call of Run.
type run struct {
	ctx        context.Context    // ends when nothing new may begin
	sending    context.Context    // ends when what is in flight must end too
	cut        context.CancelFunc // ends it
	deliveries sync.WaitGroup
}

// Open reads the manifests and what an earlier broker left in the store, even one that was killed. Nothing is delivered
// before Run. Its error names the manifest that is wrong, or says that the store is in use.
func Open(o Options) (*Broker, error) {
	if o.Client == nil {
		o.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	b := &Broker{o: o, slots: map[string]slots{}, pending: map[uint64]*delivery{}}
	b.SetFaults(o.Faults)
	if err := b.readManifests(); err != nil {
		return nil, err
	}
	var err error
	if b.store, err = openStore(o.Store, o.Log); err != nil {
		return nil, err
	}
	if err := b.loadStored(); err != nil {
		return nil, errors.Join(err, b.store.close())
	}
	return b, nil
}

// loadStored reads what an earlier broker accepted and did not deliver.
func (b *Broker) loadStored() error {
	return b.store.each(func(key uint64, value []byte) error {
		b.lastKey.Store(max(b.lastKey.Load(), key))
		d, err := decode(key, value, b.trigger)
		if errors.Is(err, errNoTrigger) {
			// as in a cluster, where a Trigger is removed with its events
			b.o.Log.Warn("stored event dropped", "key", key, "error", err.Error())
			b.store.later(change{key: key})
			return nil
		}
		if err != nil {
			return fmt.Errorf("read event %d of the store %s: %w", key, b.o.Store, err)
		}
		b.pending[key] = d
		return nil
	})
}

func (b *Broker) trigger(name string) *trigger {
	for _, t := range b.triggers {
		if t.name == name {
			return t
		}
	}
	return nil
}

// Run delivers until ctx ends. Then it begins nothing new and returns when the deliveries in flight have ended, or
// were given up after a few seconds. What was not delivered stays in the store. Run may be called again.
func (b *Broker) Run(ctx context.Context) error {
	sending, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	v := &run{ctx: ctx, sending: sending, cut: giveUp}
	if err := b.begin(v); err != nil {
		return err
	}
	<-ctx.Done()
	b.mu.Lock()
	b.running = nil
	b.mu.Unlock()
	defer time.AfterFunc(grace, giveUp).Stop()
	v.deliveries.Wait()
	return nil
}

func (b *Broker) begin(v *run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running != nil {
		return errors.New("the broker is already running")
	}
	b.running = v
	for d := range maps.Values(b.pending) {
		v.deliveries.Go(func() { b.deliver(v, d) })
	}
	return nil
}

// startDeliveries starts stored deliveries, or leaves them for the next Run if nothing is delivered at the moment.
func (b *Broker) startDeliveries(ds []*delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range ds {
		b.pending[d.key] = d
		if v := b.running; v != nil {
			v.deliveries.Go(func() { b.deliver(v, d) })
		}
	}
}

func (b *Broker) finished(d *delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pending, d.key)
}

// Pending counts the deliveries that are still to be made: those in flight, those that wait for their next attempt,
// and dead letters that were not accepted yet. It is 0 only if nothing is in flight, replies included.
func (b *Broker) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pending)
}

// Crash ends as a killed process would: what is in flight is cut off, what is not on disk is lost, and nothing more is
// accepted.
func (b *Broker) Crash() {
	b.store.abandon()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running != nil {
		b.running.cut()
	}
}

// Close closes the store. Run must have returned.
func (b *Broker) Close() error { return b.store.close() }
