package schedule

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Publishers is how many facts are published at once.
const Publishers = 8

// publishAll publishes that each of them is due, several at once, and returns those that the broker took.
func (s *Scheduler) publishAll(ctx context.Context, tick events.Event, batch []claimed, at time.Time) (published []claimed, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan claimed)
	for range Publishers {
		all.Go(func() {
			for c := range next {
				failed := s.publishOne(ctx, tick, c.contract, at)
				mu.Lock()
				if failed == nil {
					published = append(published, c)
				}
				err = errors.Join(err, failed)
				mu.Unlock()
			}
		})
	}
	for _, c := range batch {
		mu.Lock()
		failed := err != nil
		mu.Unlock()
		if failed {
			break
		}
		next <- c
	}
	close(next)
	all.Wait()
	return published, err
}

func (s *Scheduler) publishOne(ctx context.Context, tick events.Event, c contract.Contract, at time.Time) error {
	tick.Subject = c.ID // the clock speaks of no contract
	e, err := events.Reply(tick, access.Persist, events.ContractDue{Snapshot: events.Snapshot{Contract: c, Cause: events.ContractDue{}.Type()}})
	if err != nil {
		return err
	}
	e.Time = at
	return s.publisher.Publish(ctx, e)
}
