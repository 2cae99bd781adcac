package persist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// hear implements function.Handler: it writes an event down and returns what is said because of it. Heard again, the
// same is said again and nothing is written.
func (l *ledger) hear(ctx context.Context, heard events.Verified) ([]events.Event, error) {
	if _, tick := heard.Event().Payload.(events.ClockTicked); tick {
		return l.tick(ctx, heard)
	}
	return l.hearWith(ctx, heard, nil)
}

// hearWith hears an event that may bring documents.
func (l *ledger) hearWith(ctx context.Context, heard events.Verified, files []file) ([]events.Event, error) {
	for range tries {
		said, err := l.writeDown(ctx, heard, files)
		if !errors.Is(err, errRaced) {
			return said, err
		}
	}
	e := heard.Event()
	return nil, fmt.Errorf("write down %s of contract %s: %w", e.Payload.Type(), e.Subject, errRaced)
}

// standing is a contract as it was read or left, with what is needed to write the next entry behind it.
type standing struct {
	contract contract.Contract
	head     string
	seq      int64
	looks    int // how often it was looked at since something was written down
	attempts map[int]lifecycle.AttemptOnRecord
	answered []byte // what was said when the same event was heard before; nil if it was not
}

// writeDown does it in one round trip where this instance remembers how the contract stands, and else in two: a plain
// read, then one statement that writes everything, or nothing if the contract was written by another in between.
func (l *ledger) writeDown(ctx context.Context, heard events.Verified, files []file) ([]events.Event, error) {
	if s, known := l.memory.take(heard.Event().Subject); known {
		said, written, err := l.writeFrom(ctx, s, heard, files)
		if written {
			return said, nil
		}
		if err != nil && !errors.Is(err, errRaced) && !function.Refused(err) {
			return nil, err
		} // what is remembered may be old: no refusal and no silence follows from it
	}
	s, err := l.stand(ctx, heard)
	if err != nil {
		return nil, err
	}
	if s.answered != nil {
		return decodeSaid(s.answered)
	}
	said, _, err := l.writeFrom(ctx, s, heard, files)
	return said, err
}

// writeFrom writes an event down behind a standing, if it changes anything there.
func (l *ledger) writeFrom(ctx context.Context, s standing, heard events.Verified, files []file) (said []events.Event, written bool, err error) {
	at := l.moment()
	n, err := lifecycle.Apply(s.contract, s.attempts, heard.Event().Payload, at)
	if errors.Is(err, lifecycle.ErrImpossible) {
		return nil, false, function.Refusal{Cause: err}
	}
	if err == nil && (n.Written || len(files) > 0) {
		err = fits(documentsIn(heard.Event().Payload), files)
	}
	if err != nil || !n.Written {
		return nil, false, err
	}
	w, err := s.entryFor(heard, n, at, l.dueAt)
	if err != nil {
		return nil, false, err
	}
	w.files = files
	if err := l.write(ctx, w); err != nil {
		return nil, false, err
	}
	function.Point("persist.fact-written")
	l.memory.keep(w.leaves())
	return w.said, true, nil
}

const readStanding = `SELECT c.snapshot, c.head, c.history_seq, c.nudges,
		(SELECT jsonb_object_agg(a.number, jsonb_build_object('token_sha256', a.token_sha256, 'request_id', a.request_id))
		 FROM attempts a WHERE a.contract = c.id),
		(SELECT h.said FROM heard h WHERE h.source = $2 AND h.id = $3)
	FROM contracts c WHERE c.id = $1`

// stand reads how the contract stands. A contract is written before anything is said of it, so an unknown one will
// not be known later.
func (l *ledger) stand(ctx context.Context, believed events.Verified) (standing, error) {
	var s standing
	heard := believed.Event()
	err := l.flights.board(ctx, string(heard.Subject), func(b *pgx.Batch) {
		s = standing{}
		b.Queue(readStanding, string(heard.Subject), heard.Source, heard.ID).QueryRow(func(row pgx.Row) error {
			return row.Scan(&s.contract, &s.head, &s.seq, &s.looks, &s.attempts, &s.answered)
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return s, function.Refuse("contract %s is not on record", heard.Subject)
	}
	if err != nil {
		return s, fmt.Errorf("read contract %s: %w", heard.Subject, err)
	}
	return s, nil
}

// dueFunc is (*ledger).dueAt.
type dueFunc func(c contract.Contract, looks int, at time.Time) (next *time.Time, routine bool)

// entryFor makes everything that is to be written because of an event, and what is said.
func (s standing) entryFor(believed events.Verified, n lifecycle.Change, at time.Time, due dueFunc) (writing, error) {
	heard := believed.Event()
	cause := heard.Payload.Type()
	w := writing{before: s, after: n.After, heard: &believed, quiet: n.Ignored != ""}
	if n.Again {
		return s.counted(w, due, at), nil
	}
	if n.Ignored == "" {
		fact, err := events.Reply(heard, Manifest.Name, lifecycle.Fact(n.Moved, events.Snapshot{Contract: n.After, Cause: cause}))
		if err != nil {
			return writing{}, err
		}
		fact.Time = at
		w.said = []events.Event{fact}
		w.dueAt, w.routine = due(n.After, 0, at)
	}
	detail, err := detailOf(heard, n)
	if err != nil {
		return writing{}, err
	}
	w.entry, err = entry(s.seq+1, s.head, at, "function:"+heard.Source, cause, detail)
	return w, err
}

// counted is what is written where something failed once more, as it did before: the record is brought up to date, and
// the history, the looks that are counted and everybody else are spared.
func (s standing) counted(w writing, due dueFunc, at time.Time) writing {
	w.again = true
	w.dueAt, w.routine = due(w.after, s.looks, at)
	w.entry = persistclient.Entry{Seq: s.seq, At: at, Hash: s.head}
	return w
}

// detailOf is what the history tells of an event: what it said, its id, the status it led to and, if nothing follows
// from it, why. Events hold nothing personal, so neither does this.
func detailOf(heard events.Event, n lifecycle.Change) (map[string]any, error) {
	text, err := json.Marshal(heard.Payload)
	if err != nil {
		return nil, err
	}
	detail := map[string]any{}
	if err := json.Unmarshal(text, &detail); err != nil {
		return nil, err
	}
	detail["event"] = heard.ID
	if n.Moved {
		detail["status"] = n.After.Status
	}
	if n.Ignored != "" {
		detail["nothing_follows"] = n.Ignored
	}
	return detail, nil
}
