package persist

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

// deadLettersShown is how many dead letters are listed.
const deadLettersShown = 200

const (
	readDeadLetters = `SELECT id, at, type, source, contract, destination, code, cause, replayed_at FROM dead_letters
		ORDER BY at DESC, id DESC LIMIT $1`

	readDeadLetter = `SELECT headers, body FROM dead_letters WHERE id = $1`

	markReplayed = `UPDATE dead_letters SET replayed_at = $2 WHERE id = $1`
)

// attributes are what the broker says about a dead letter: CloudEvents attributes, and Knative's extensions on why
// (https://knative.dev/docs/eventing/event-delivery/).
type attributes struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Source      string      `json:"source"`
	Subject     contract.ID `json:"subject"`
	Destination string      `json:"knativeerrordest"`
	Code        string      `json:"knativeerrorcode"`
	Data        string      `json:"knativeerrordata"`
}

// bury keeps a dead letter. There is no token: the broker has none, and only the broker can reach this function
// (knative/manifests). Whatever comes is kept, however malformed: nothing else of it is left. What is proved to be about a
// contract on record is noted there, too.
func (d *door) bury(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, deadLetterLimit))
	if err != nil {
		d.refuse(w, r, "POST /dead-letters", err)
		return
	}
	a := attributesOf(r.Header, body)
	letter := deadLetter{
		id: events.DerivedID(a.Source, a.ID, a.Type, a.Destination, digestOf(body)), attributes: a, headers: kept(r.Header), body: body,
	}
	if err := d.ledger.bury(r.Context(), letter, d.proved(r.Context(), letter.headers, body)); err != nil {
		d.refuse(w, r, "POST /dead-letters", err)
		return
	}
	d.log.Warn("dead letter", "id", letter.id, "event", storable(a.Type), "contract", storable(string(a.Subject)), "code", storable(a.Code))
	w.WriteHeader(http.StatusAccepted)
}

// proved is the event of a dead letter if its author signed it, or nil.
func (d *door) proved(ctx context.Context, headers http.Header, body []byte) *events.Verified {
	e, err := rebuilt(ctx, headers, body)
	if err != nil {
		return nil
	}
	believed, err := d.voice.Signatures.Verify(e, events.ByBroker())
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

// attributesOf reads what can be read, in binary or structured mode.
func attributesOf(h http.Header, body []byte) attributes {
	if strings.HasPrefix(h.Get("Content-Type"), "application/cloudevents") {
		var a attributes
		_ = json.Unmarshal(body, &a) // malformed: it is kept without them
		return a
	}
	return attributes{
		ID: h.Get("Ce-Id"), Type: h.Get("Ce-Type"), Source: h.Get("Ce-Source"), Subject: contract.ID(h.Get("Ce-Subject")),
		Destination: h.Get("Ce-Knativeerrordest"), Code: h.Get("Ce-Knativeerrorcode"), Data: h.Get("Ce-Knativeerrordata"),
	}
}

// kept are the headers that make the event; the others belong to this one delivery.
func kept(h http.Header) http.Header {
	k := http.Header{}
	for name, values := range h {
		if strings.HasPrefix(name, "Ce-") || name == "Content-Type" {
			for _, v := range values {
				k.Add(name, storable(v))
			}
		}
	}
	return k
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
	list := []record.DeadLetter{}
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readDeadLetters, deadLettersShown).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.AppendRows(list, rows, scanDeadLetter)
			return err
		})
	})
	return ok(list), err
}

func scanDeadLetter(row pgx.CollectableRow) (record.DeadLetter, error) {
	var l record.DeadLetter
	var replayed *time.Time
	err := row.Scan(&l.ID, &l.At, &l.Type, &l.Source, &l.Contract, &l.Destination, &l.Code, &l.Cause, &replayed)
	if l.At = l.At.UTC(); replayed != nil {
		l.ReplayedAt = replayed.UTC()
	}
	return l, err
}

// replay gives a dead letter to the broker again, as it came and with its author's signature: persist could not sign
// for another. Anybody inside may have left a letter here, so one that no author signed goes nowhere.
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
	if _, err := d.voice.Signatures.Verify(e, events.ByBroker()); err != nil {
		return answer{}, unprocessable("Nobody would take this: " + err.Error())
	}
	if err := d.ledger.publish.Publish(r.Context(), e); err != nil {
		return answer{}, function.Unavailable{Cause: err}
	}
	err = d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) { b.Queue(markReplayed, id, d.ledger.moment()) })
	return answer{}, err
}
