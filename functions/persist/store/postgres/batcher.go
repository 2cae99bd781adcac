package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
)

const (
	// maxBatches is how many batches persist's own work has under way at once: where it would have to wait for a connection,
	// it shares one instead. Two are left for people's questions.
	maxBatches = dsn.MaxConns - 2
	// maxBatchSize bounds how much work one refusal makes to be done again.
	maxBatchSize = 16
)

// Batcher lets several writers of persist's own share a round trip and a transaction. Whatever comes while every batch is
// under way goes with the next one: the busier it is, the less each costs, and a request that comes alone is sent at once.
type Batcher struct {
	atOnce int
	send   func(ctx context.Context, as access.Caller, queue func(*pgx.Batch)) error // (*Database).Batch

	mu       sync.Mutex
	waiting  []*request
	underWay int
}

// NewBatcher returns a batcher that sends so many batches at once.
func NewBatcher(atOnce int, send func(ctx context.Context, as access.Caller, queue func(*pgx.Batch)) error) *Batcher {
	return &Batcher{atOnce: atOnce, send: send}
}

// Batcher returns a batcher of this database.
func (d *Database) Batcher() *Batcher { return NewBatcher(maxBatches, d.Batch) }

// Waiting is how many requests wait for a batch.
func (b *Batcher) Waiting() int { b.mu.Lock(); defer b.mu.Unlock(); return len(b.waiting) }

// request is one writer's statements: they count together or not at all.
type request struct {
	ctx   context.Context
	key   string
	queue func(*pgx.Batch) // may be called twice: it must begin with nothing read
	err   error            // what its own callbacks returned
	done  chan error
}

// Submit returns when the statements were executed. Its error is its own: if the batch fails because of another request,
// each is tried alone. key is the contract that it writes to; all who write to several rows lock them in the order of
// their keys, so no two batches wait for each other.
func (b *Batcher) Submit(ctx context.Context, key string, queue func(*pgx.Batch)) error {
	r := &request{ctx: ctx, key: key, queue: queue, done: make(chan error, 1)}
	b.mu.Lock()
	b.waiting = append(b.waiting, r)
	free := b.underWay < b.atOnce
	if free {
		b.underWay++
	}
	b.mu.Unlock()
	if free {
		go b.flush()
	}
	return <-r.done // and not on ctx: the callbacks write into the caller's variables until then
}

// flush sends batches until nobody waits.
func (b *Batcher) flush() {
	for batch := b.next(); len(batch) > 0; batch = b.next() {
		err := b.together(batch)
		var refused *pgconn.PgError
		if len(batch) > 1 && errors.As(err, &refused) {
			b.oneByOne(batch)
			continue
		}
		for _, r := range batch {
			r.done <- cmp.Or(err, r.err)
		}
	}
}

// next takes those who wait, but leaves who has given up.
func (b *Batcher) next() []*request {
	b.mu.Lock()
	defer b.mu.Unlock()
	var batch []*request
	for len(b.waiting) > 0 && len(batch) < maxBatchSize {
		r := b.waiting[0]
		b.waiting = b.waiting[1:]
		if err := r.ctx.Err(); err != nil {
			r.done <- err
			continue
		}
		batch = append(batch, r)
	}
	if len(batch) == 0 {
		b.underWay--
	}
	slices.SortStableFunc(batch, func(a, b *request) int { return cmp.Compare(a.key, b.key) })
	return batch
}

// together sends one batch for all. It does not end with the one whose context it is counted on.
func (b *Batcher) together(batch []*request) error {
	return b.send(context.WithoutCancel(batch[0].ctx), access.Itself, func(b *pgx.Batch) {
		for _, r := range batch {
			from := b.Len()
			r.queue(b)
			for _, q := range b.QueuedQueries[from:] {
				if q.Fn != nil {
					q.Fn = r.keepError(q.Fn)
				}
			}
		}
	})
}

// oneByOne finds out whose statement the database refused.
func (b *Batcher) oneByOne(batch []*request) {
	for _, r := range batch {
		r.done <- b.send(r.ctx, access.Itself, r.queue)
	}
}

// keepError keeps what a callback returns from the other requests. What the database refuses it has refused to all.
func (r *request) keepError(read func(pgx.BatchResults) error) func(pgx.BatchResults) error {
	return func(results pgx.BatchResults) error {
		err := read(results)
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			return err
		}
		r.err = cmp.Or(r.err, err)
		return nil
	}
}
