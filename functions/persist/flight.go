package persist

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// flightsAtOnce is how many round trips persist's own work takes at once: where it would have to wait for a connection,
	// it shares one instead. Two are left for people's questions.
	flightsAtOnce = maxConns - 2
	// mostAboard bounds how much work one refusal sends on its way again.
	mostAboard = 16
)

// flights lets trips of persist's own share a round trip and a transaction. Whatever comes while every flight is in
// the air leaves with the next one: the busier it is, the less each costs, and a trip that comes alone leaves at once.
type flights struct {
	fly func(ctx context.Context, as caller, queue func(*pgx.Batch)) error // (*database).trip

	mu      sync.Mutex
	waiting []*passenger
	inAir   int
}

// passenger is one trip: its statements count together or not at all.
type passenger struct {
	ctx    context.Context
	key    string
	queue  func(*pgx.Batch) // may be called twice: it must begin with nothing read
	failed error            // what its own callbacks returned
	landed chan error
}

// board returns when the trip was made. Its error is its own: the refusal of another aboard costs it a second try and
// nothing else. key is the contract that it writes to; all who write to several rows lock them in the order of their
// keys, so no two flights wait for each other.
func (f *flights) board(ctx context.Context, key string, queue func(*pgx.Batch)) error {
	p := &passenger{ctx: ctx, key: key, queue: queue, landed: make(chan error, 1)}
	f.mu.Lock()
	f.waiting = append(f.waiting, p)
	free := f.inAir < flightsAtOnce
	if free {
		f.inAir++
	}
	f.mu.Unlock()
	if free {
		go f.depart()
	}
	return <-p.landed // and not on ctx: the callbacks write into the caller's variables until then
}

// depart flies until nobody waits.
func (f *flights) depart() {
	for aboard := f.next(); len(aboard) > 0; aboard = f.next() {
		err := f.together(aboard)
		var refused *pgconn.PgError
		if len(aboard) > 1 && errors.As(err, &refused) {
			f.oneByOne(aboard)
			continue
		}
		for _, p := range aboard {
			p.landed <- cmp.Or(err, p.failed)
		}
	}
}

// next takes those who wait, but leaves who has given up.
func (f *flights) next() []*passenger {
	f.mu.Lock()
	defer f.mu.Unlock()
	var aboard []*passenger
	for len(f.waiting) > 0 && len(aboard) < mostAboard {
		p := f.waiting[0]
		f.waiting = f.waiting[1:]
		if err := p.ctx.Err(); err != nil {
			p.landed <- err
			continue
		}
		aboard = append(aboard, p)
	}
	if len(aboard) == 0 {
		f.inAir--
	}
	slices.SortStableFunc(aboard, func(a, b *passenger) int { return cmp.Compare(a.key, b.key) })
	return aboard
}

// together makes one trip for all. It does not end with the one whose context it is counted on.
func (f *flights) together(aboard []*passenger) error {
	return f.fly(context.WithoutCancel(aboard[0].ctx), itself, func(b *pgx.Batch) {
		for _, p := range aboard {
			from := b.Len()
			p.queue(b)
			for _, q := range b.QueuedQueries[from:] {
				if q.Fn != nil {
					q.Fn = p.apart(q.Fn)
				}
			}
		}
	})
}

// oneByOne finds out whom the database refused.
func (f *flights) oneByOne(aboard []*passenger) {
	for _, p := range aboard {
		p.landed <- f.fly(p.ctx, itself, p.queue)
	}
}

// apart keeps what a callback returns from the other passengers. What the database refuses it has refused to all.
func (p *passenger) apart(read func(pgx.BatchResults) error) func(pgx.BatchResults) error {
	return func(r pgx.BatchResults) error {
		err := read(r)
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			return err
		}
		p.failed = cmp.Or(p.failed, err)
		return nil
	}
}
