package contracts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// state is a contract as it was read or written last, with what is needed to write the next entry behind it.
type state struct {
	contract  contract.Contract
	head      string
	seq       int64
	looks     int // how often it was looked at since something was written down
	attempts  map[int]lifecycle.AttemptOnRecord
	responses []byte // what was answered when the same event was handled before; nil if it was not
}

const readState = `SELECT c.snapshot, c.head, c.history_seq, c.backoff,
		(SELECT jsonb_object_agg(a.number, jsonb_build_object('token_sha256', a.token_sha256, 'request_id', a.request_id))
		 FROM attempts a WHERE a.contract = c.id),
		(SELECT i.responses FROM inbox i WHERE i.source = $2 AND i.id = $3)
	FROM contracts c WHERE c.id = $1`

func (s *state) scan(row pgx.Row) error {
	return row.Scan(&s.contract, &s.head, &s.seq, &s.looks, &s.attempts, &s.responses)
}

// read reads the state of the contract that an event is about. A contract is written before anything is published of it, so
// an unknown one will not be known later.
func (s *Store) read(ctx context.Context, verified events.Verified) (state, error) {
	var known state
	in := verified.Event()
	err := s.batcher.Submit(ctx, string(in.Subject), func(b *pgx.Batch) {
		known = state{}
		b.Queue(readState, string(in.Subject), in.Source, in.ID).QueryRow(known.scan)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return known, function.Refuse("contract %s is not on record", in.Subject)
	}
	if err != nil {
		return known, fmt.Errorf("read contract %s: %w", in.Subject, err)
	}
	return known, nil
}

// maxCached is of how many contracts this instance knows the state: a few kilobytes each.
const maxCached = 1000

// stateCache is how contracts stood when this instance last wrote to them. Other instances write too, so it may be old, and
// nothing follows from it but a write that is guarded by the version: if that writes nothing, the record is read.
type stateCache struct {
	mu     sync.Mutex
	states map[contract.ID]state
}

// Take returns the state of a contract and forgets it: who writes next puts the new one there.
func (c *stateCache) Take(id contract.ID) (state, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.states[id]
	delete(c.states, id)
	return s, known
}

// Put keeps a state in the place of any other of the contract.
func (c *stateCache) Put(s state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states == nil {
		c.states = map[contract.ID]state{}
	}
	for id := range c.states {
		if len(c.states) < maxCached {
			break
		}
		delete(c.states, id)
	}
	c.states[s.contract.ID] = s
}

// state is the contract's once u was written.
func (u update) state() state {
	s := state{contract: u.after, head: u.entry.Hash, seq: u.entry.Seq, attempts: u.before.attempts}
	if u.again {
		s.looks = u.before.looks
	}
	if r := u.after.Request; r != nil && r.ID != "" && s.attempts[r.Attempt].RequestID != r.ID {
		s.attempts = maps.Clone(s.attempts)
		known := s.attempts[r.Attempt]
		known.RequestID = r.ID // as updateAttempt has it
		s.attempts[r.Attempt] = known
	}
	return s
}

// encodeEvents gives published events the form in which they are kept: CloudEvents in JSON.
func encodeEvents(out []events.Event) ([]byte, error) {
	kept := make([]cloudevents.Event, len(out))
	for i, e := range out {
		var err error
		if kept[i], err = events.ToCloudEvent(e); err != nil {
			return nil, err
		}
	}
	return json.Marshal(kept)
}

// decodeEvents returns them as they were published before, ids and times included.
func decodeEvents(text []byte) ([]events.Event, error) {
	var kept []cloudevents.Event
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("read a stored answer: %w", err)
	}
	out := make([]events.Event, len(kept))
	for i, ce := range kept {
		var err error
		if out[i], err = events.FromCloudEvent(ce); err != nil {
			return nil, fmt.Errorf("read a stored answer: %w", err)
		}
	}
	return out, nil
}
