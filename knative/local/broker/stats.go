package broker

import (
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
)

// Stats is what the broker has done since it was opened: for tests.
type Stats struct {
	Pending   int            // deliveries still to be made
	Delivered int64          // taken by their subscribers
	Retried   int64          // attempts that will be made again
	Dead      int64          // taken by a dead-letter sink
	Dropped   int64          // given up where there was no dead-letter sink, or none that will ever take it
	Types     map[string]int // accepted events by type, replies included
}

type counts struct {
	delivered, retried, dead, dropped atomic.Int64

	mu    sync.Mutex
	types map[string]int
}

func (c *counts) accepted(eventType string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.types == nil {
		c.types = map[string]int{}
	}
	c.types[eventType]++
}

// Stats tells what the broker has done.
func (b *Broker) Stats() Stats {
	b.counts.mu.Lock()
	types := maps.Clone(b.counts.types)
	b.counts.mu.Unlock()
	return Stats{
		Pending: b.Pending(), Delivered: b.counts.delivered.Load(), Retried: b.counts.retried.Load(),
		Dead: b.counts.dead.Load(), Dropped: b.counts.dropped.Load(), Types: types,
	}
}

// log is the log with what an unsuccessful attempt was about.
func (b *Broker) log(d *delivery, came result) *slog.Logger {
	return b.o.Log.With("trigger", d.trigger.name, "type", d.event.Type(), "id", d.event.ID(), "contract", d.event.Subject(),
		"attempt", d.attempts, "status", came.status)
}
