package contracts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Handle writes an event down, with the documents that it brings, and returns what follows from it, to be published. When
// the same event is handled again, the same is returned and nothing is written.
func (s *Store) Handle(ctx context.Context, in events.Verified, files []documents.File) ([]events.Event, error) {
	for range maxTries {
		out, err := s.tryHandle(ctx, in, files)
		if !errors.Is(err, ErrVersionConflict) {
			return out, err
		}
	}
	e := in.Event()
	return nil, fmt.Errorf("write down %s of contract %s: %w", e.Payload.Type(), e.Subject, ErrVersionConflict)
}

// tryHandle takes one round trip where the state of the contract is cached, and else two: a plain read, then one statement
// that writes everything, or nothing if the contract was written by another in between.
func (s *Store) tryHandle(ctx context.Context, in events.Verified, files []documents.File) ([]events.Event, error) {
	if cached, known := s.cache.Take(in.Event().Subject); known {
		out, written, err := s.apply(ctx, cached, in, files)
		if written {
			return out, nil
		}
		if err != nil && !errors.Is(err, ErrVersionConflict) && !function.Refused(err) {
			return nil, err
		} // what is cached may be old: no refusal and no silence follows from it
	}
	read, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	if read.responses != nil {
		return decodeEvents(read.responses)
	}
	out, _, err := s.apply(ctx, read, in, files)
	return out, err
}

// apply writes an event down behind a state, if it changes anything there.
func (s *Store) apply(ctx context.Context, before state, in events.Verified, files []documents.File) (out []events.Event, written bool, err error) {
	at := s.db.Moment()
	n, err := lifecycle.Apply(before.contract, before.attempts, in.Event().Payload, at)
	if errors.Is(err, lifecycle.ErrImpossible) {
		return nil, false, function.Refusal{Cause: err}
	}
	if err == nil && (n.Written || len(files) > 0) {
		err = documents.CheckFiles(documents.NamedIn(in.Event().Payload), files)
	}
	if err != nil || !n.Written {
		return nil, false, err
	}
	u, err := s.updateFor(before, in, n, at)
	if err != nil {
		return nil, false, err
	}
	u.files = files
	if err := s.write(ctx, u); err != nil {
		return nil, false, err
	}
	function.Point("persist.fact-written")
	s.cache.Put(u.state())
	return u.out, true, nil
}

// updateFor makes everything that is to be written because of an event, and what is to be published.
func (s *Store) updateFor(before state, verified events.Verified, n lifecycle.Change, at time.Time) (update, error) {
	in := verified.Event()
	cause := in.Payload.Type()
	u := update{before: before, after: n.After, in: &verified, quiet: n.Ignored != ""}
	if n.Again {
		return s.countAgain(u, at), nil
	}
	if n.Ignored == "" {
		fact, err := events.Reply(in, access.Persist, lifecycle.Fact(n.Moved, events.Snapshot{Contract: n.After, Cause: cause}))
		if err != nil {
			return update{}, err
		}
		fact.Time = at
		u.out = []events.Event{fact}
		u.dueAt, u.routine = s.DueAt(n.After, 0, at)
	}
	detail, err := eventDetail(in, n)
	if err != nil {
		return update{}, err
	}
	u.entry, err = history.NewEntry(before.seq+1, before.head, at, "function:"+in.Source, cause, detail)
	return u, err
}

// countAgain is what is written where something failed once more, as it did before: the record is brought up to date, and
// the history, the looks that are counted and everybody else are spared.
func (s *Store) countAgain(u update, at time.Time) update {
	u.again = true
	u.dueAt, u.routine = s.DueAt(u.after, u.before.looks, at)
	u.entry = persistclient.Entry{Seq: u.before.seq, At: at, Hash: u.before.head}
	return u
}

// DueAt is when the contract is to be looked at again by itself, if nothing was written down since at and it was looked
// at so many times; nil for never. routine says that the look only asks whether people have gone on.
func (s *Store) DueAt(c contract.Contract, looks int, at time.Time) (next *time.Time, routine bool) {
	wait, routine := s.schedule.Due(c, looks, at)
	if wait == 0 {
		return nil, false
	}
	due := at.Add(wait).Truncate(time.Microsecond)
	return &due, routine
}

// eventDetail is what the history tells of an event: what it says, its id, the status it led to and, if nothing follows
// from it, why. Events hold nothing personal, so neither does this.
func eventDetail(in events.Event, n lifecycle.Change) (map[string]any, error) {
	text, err := json.Marshal(in.Payload)
	if err != nil {
		return nil, err
	}
	detail := map[string]any{}
	if err := json.Unmarshal(text, &detail); err != nil {
		return nil, err
	}
	detail["event"] = in.ID
	if n.Moved {
		detail["status"] = n.After.Status
	}
	if n.Ignored != "" {
		detail["nothing_follows"] = n.Ignored
	}
	return detail, nil
}
