package persist

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// deadLettersShown is how many dead letters are listed.
const deadLettersShown = 200

const (
	readDeadLetters = `SELECT id, at, type, source, contract, destination, code, cause, replayed_at FROM dead_letters
		ORDER BY at DESC, id DESC LIMIT $1`

	readDeadLetter = `SELECT headers, body FROM dead_letters WHERE id = $1`

	markReplayed = `UPDATE dead_letters SET replayed_at = $2 WHERE id = $1`
)

// bury keeps a dead letter. It comes without a token, for the Broker has none to give: what lets it in is the signature of
// the function that said it. So strangers leave nothing here, and whoever hears an event, and could as well have refused it,
// leaves no more than that it was refused. What nobody signed is not kept, though the Broker brings it: the log of whoever
// refused it tells of it. What is its author's to say, about a contract on record, is noted there, too.
func (d *door) bury(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, deadLetterLimit)
	u, err := events.ReadUndelivered(r.Context(), r, d.tokens.functions)
	if err == nil && !u.Tick() { // the next tick finds what this one would have found
		err = d.keepUndelivered(r.Context(), u)
	}
	if errors.Is(err, events.ErrNotAuthor) {
		d.log.Warn("a dead letter was refused", "error", err.Error())
	}
	if err != nil {
		d.refuse(w, r, "POST /dead-letters", err)
		return
	}
	function.Point("persist.dead-letter-kept")
	w.WriteHeader(http.StatusAccepted)
}

func (d *door) keepUndelivered(ctx context.Context, u events.Undelivered) error {
	body, err := u.Structured()
	if err != nil {
		return err
	}
	letter := deadLetter{Undelivered: u, id: events.DerivedID(u.Source, u.ID, u.Type), body: body}
	d.log.Warn("dead letter", "id", letter.id, "event", storable(u.Type), "contract", storable(string(u.Subject)), "code", storable(u.Status))
	return d.ledger.bury(ctx, letter, d.proved(u))
}

// proved is the event of a dead letter if it can be read and is its author's to say, or nil.
func (d *door) proved(u events.Undelivered) *events.Verified {
	e, err := u.Event()
	if err != nil {
		return nil
	}
	believed, err := d.publisher.Signatures.Verify(e, events.ByBroker())
	if err != nil {
		return nil
	}
	return &believed
}

// rebuilt reads a kept dead letter as the event that it was.
func rebuilt(ctx context.Context, headers http.Header, body []byte) (events.Event, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		return events.Event{}, err
	}
	r.Header = headers
	return events.FromRequest(ctx, r)
}

// causeOf reads the words of the answer that refused the event: a problem's detail, or what it said.
func causeOf(encoded string) string {
	text, err := decoded(encoded)
	if err != nil {
		return encoded
	}
	var p function.Problem
	if json.Unmarshal(text, &p) == nil && p.Detail != "" {
		return p.Detail
	}
	return string(text)
}

// decoded is what the answer said, which Knative hands on in base64.
func decoded(text string) ([]byte, error) { return base64.StdEncoding.DecodeString(text) }

// storable is what PostgreSQL can keep of a stranger's text, at most 1000 characters of it.
func storable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
	if r := []rune(text); len(r) > 1000 {
		text = string(r[:1000])
	}
	return text
}

func (d *door) deadLetters(r *http.Request, asks caller) (answer, error) {
	list := []persistclient.DeadLetter{}
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readDeadLetters, deadLettersShown).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list, rows, scanDeadLetter)
			return err
		})
	})
	return ok(list), err
}

func scanDeadLetter(row pgx.CollectableRow) (persistclient.DeadLetter, error) {
	var l persistclient.DeadLetter
	var replayed *time.Time
	err := row.Scan(&l.ID, &l.At, &l.Type, &l.Source, &l.Contract, &l.Destination, &l.Code, &l.Cause, &replayed)
	if l.At = l.At.UTC(); replayed != nil {
		l.ReplayedAt = replayed.UTC()
	}
	return l, err
}

// replay gives a dead letter to the broker again, as it came and with its author's signature: persist could not sign
// for another. It goes through the check of every way in, and nowhere if it does not pass.
func (d *door) replay(r *http.Request, asks caller) (answer, error) {
	id := r.PathValue("id")
	var headers http.Header
	var body []byte
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readDeadLetter, id).QueryRow(func(row pgx.Row) error { return row.Scan(&headers, &body) })
	})
	if err != nil {
		return answer{}, err
	}
	e, err := rebuilt(r.Context(), headers, body)
	if errors.Is(err, events.ErrMalformed) {
		return answer{}, unprocessable("This is no event that anybody could take: " + err.Error())
	}
	if err != nil {
		return answer{}, err
	}
	if _, err := d.publisher.Signatures.Verify(e, events.ByBroker()); err != nil {
		return answer{}, unprocessable("Nobody would take this: " + err.Error())
	}
	if err := d.ledger.publish.Publish(r.Context(), e); err != nil {
		return answer{}, function.Unavailable{Cause: err}
	}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { b.Queue(markReplayed, id, d.ledger.moment()) })
	return answer{}, err
}
