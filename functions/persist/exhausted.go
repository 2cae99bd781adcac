package persist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// deadLetter is an event that the broker gave up. Whatever listener did not take it, and however often, it is one.
type deadLetter struct {
	events.Undelivered
	id   string
	body []byte // the event as one JSON text
}

// deadLetterForm says so beside the body.
var deadLetterForm = []byte(`{"Content-Type":["` + events.StructuredType + `"]}`)

// deadLettersKept is how many bytes one function's dead letters may take up, each counted with deadLetterCost for its row.
// Whoever has one function's key fills no more than that, and leaves the others' room to them.
const (
	deadLettersKept = 16 << 20
	deadLetterCost  = 4 << 10
)

const (
	insertDeadLetter = `INSERT INTO dead_letters (id, at, type, source, contract, destination, code, cause, headers, body)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::bytea WHERE octet_length($10::bytea) + $11::bigint <=
			$12::bigint - (SELECT coalesce(sum(octet_length(body) + $11::bigint), 0) FROM dead_letters WHERE source = $4)
		ON CONFLICT (id) DO NOTHING`

	// renewDeadLetter is for one that came before: it died again after it was replayed, which is to be seen again, or the
	// broker did not hear our answer.
	renewDeadLetter = `UPDATE dead_letters d SET at = $2, destination = $3, code = $4, cause = $5, replayed_at = NULL
		FROM (SELECT replayed_at FROM dead_letters WHERE id = $1 FOR UPDATE) was WHERE d.id = $1
		RETURNING was.replayed_at IS NOT NULL`

	holdStanding = readStanding + ` FOR UPDATE OF c`

	// writeExhausted adds to what is on record of a contract. Nothing follows from it: the contract is due when it was, and
	// the looks at it go on being counted.
	writeExhausted = `WITH noted AS (
			UPDATE contracts SET version = $2, snapshot = $3, causes = $4, head = $5, history_seq = $6, updated_at = $7
			WHERE id = $1 RETURNING id
		)
		INSERT INTO history (contract, seq, at, actor, what, detail, previous_hash, hash) SELECT id, $6, $7, $8, $9, $10, $11, $5 FROM noted`
)

// bury keeps a dead letter and, where its event is proved, notes on its contract what could not be delivered: both or
// neither. A note that is impossible costs no letter.
func (l *ledger) bury(ctx context.Context, letter deadLetter, proved *events.Verified) error {
	err := l.db.transact(ctx, itself, func(tx pgx.Tx) error {
		fresh, err := l.keepDeadLetter(ctx, tx, letter)
		if err != nil || !fresh || proved == nil {
			return err
		}
		if err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return l.noteExhausted(ctx, tx, letter, *proved) }); err != nil {
			if away(err) {
				return err
			}
			l.log.Error("a dead letter is not noted on its contract", "id", letter.id, "error", err.Error())
		}
		return nil
	})
	if proved != nil {
		l.memory.take(proved.Event().Subject) // it may be old now
	}
	return err
}

// keepDeadLetter reports whether the letter is new, or died again after it was replayed.
func (l *ledger) keepDeadLetter(ctx context.Context, tx pgx.Tx, d deadLetter) (fresh bool, err error) {
	at, listener, code, cause := l.moment(), storable(d.Listener), storable(d.Status), storable(causeOf(d.Answer))
	tag, err := tx.Exec(ctx, insertDeadLetter, d.id, at, storable(d.Type), storable(d.Source), storable(string(d.Subject)),
		listener, code, cause, deadLetterForm, d.body, deadLetterCost, deadLettersKept)
	if err != nil || tag.RowsAffected() > 0 {
		return err == nil, err
	}
	err = tx.QueryRow(ctx, renewDeadLetter, d.id, at, listener, code, cause).Scan(&fresh)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, function.Problem{Status: http.StatusInsufficientStorage, Detail: "There is no room for more dead letters of " + d.Source + "."}
	}
	return fresh, err
}

// noteExhausted writes down that an event about a contract could not be delivered. The contract is held meanwhile, so
// nobody else writes in between. An event that persist itself has heard was delivered.
func (l *ledger) noteExhausted(ctx context.Context, tx pgx.Tx, letter deadLetter, proved events.Verified) error {
	e, at := proved.Event(), l.moment()
	var s standing
	err := tx.QueryRow(ctx, holdStanding, string(e.Subject), e.Source, e.ID).Scan(&s.contract, &s.head, &s.seq, &s.looks, &s.attempts, &s.answered)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil || s.answered != nil {
		return err
	}
	n := lifecycle.Undeliverable(s.contract, s.attempts, e.Payload, lastWords(letter.Undelivered), at)
	if !n.Written {
		return nil
	}
	detail := map[string]any{"event": e.ID, "type": e.Payload.Type(), "dead_letter": letter.id}
	noted, err := entry(s.seq+1, s.head, at, itself.actor(), lifecycle.CauseUndeliverable, detail)
	if err != nil {
		return err
	}
	snapshot, err := json.Marshal(n.After)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, writeExhausted, string(e.Subject), n.After.Version, snapshot, causesOf(n.After, s.looks), noted.Hash, noted.Seq, at,
		noted.Actor, noted.What, []byte(noted.Detail), noted.PreviousHash)
	return err
}

// lastWords says why an event was refused the last time, in the words of the function that refused it. Whatever else
// answered in its place is not quoted: nobody knows what stands in it.
func lastWords(u events.Undelivered) string {
	var p function.Problem
	if text, err := decoded(u.Answer); err == nil && json.Unmarshal(text, &p) == nil && p.Detail != "" {
		return storable(p.Detail)
	}
	if u.Status != "" {
		return fmt.Sprintf("the last answer was %s", storable(u.Status))
	}
	return "there was no answer"
}
