// Package deadletters keeps events that the broker could not deliver.
package deadletters

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// DeadLetter is an event that the broker gave up. Whatever subscriber did not take it, and however often, it is one.
type DeadLetter struct {
	events.Undelivered
	ID   string
	Body []byte // the event as one JSON text
}

// Store keeps dead letters.
type Store struct {
	db        *postgres.Database
	contracts *contracts.Store
	log       *slog.Logger
}

// New returns a store in this database, which notes on contracts what could not be delivered.
func New(db *postgres.Database, contracts *contracts.Store, log *slog.Logger) *Store {
	return &Store{db: db, contracts: contracts, log: log}
}

// BodyHeaders are the headers of a body, which say that it is the whole event.
var BodyHeaders = []byte(`{"Content-Type":["` + events.StructuredType + `"]}`)

// MaxBytes is how many bytes one function's dead letters may take up, each counted with RowCost for its row.
// Whoever has one function's key fills no more than that, and leaves the others' room to them.
const (
	MaxBytes = 16 << 20
	RowCost  = 4 << 10
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
)

// Keep keeps a dead letter and, where its event is verified, notes on its contract what could not be delivered: both or
// neither. A note that is impossible costs no dead letter.
func (s *Store) Keep(ctx context.Context, d DeadLetter, verified *events.Verified) error {
	err := s.db.Tx(ctx, access.Itself, func(tx pgx.Tx) error {
		fresh, err := s.insert(ctx, tx, d)
		if err != nil || !fresh || verified == nil {
			return err
		}
		err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
			return s.contracts.RecordUndeliverable(ctx, tx, *verified, d.ID, lastWords(d.Undelivered))
		})
		if err == nil || sqlstate.Transient(err) {
			return err
		}
		s.log.Error("a dead letter is not noted on its contract", "id", d.ID, "error", err.Error())
		return nil
	})
	if verified != nil {
		s.contracts.Forget(verified.Event().Subject)
	}
	return err
}

// insert reports whether the dead letter is new, or died again after it was replayed.
func (s *Store) insert(ctx context.Context, tx pgx.Tx, d DeadLetter) (fresh bool, err error) {
	at, subscriber, code, cause := s.db.Moment(), Storable(d.Listener), Storable(d.Status), Storable(causeOf(d.Answer))
	tag, err := tx.Exec(ctx, insertDeadLetter, d.ID, at, Storable(d.Type), Storable(d.Source), Storable(string(d.Subject)),
		subscriber, code, cause, BodyHeaders, d.Body, RowCost, MaxBytes)
	if err != nil || tag.RowsAffected() > 0 {
		return err == nil, err
	}
	err = tx.QueryRow(ctx, renewDeadLetter, d.ID, at, subscriber, code, cause).Scan(&fresh)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, problem.TooManyRequests("There is no room for more dead letters of " + d.Source + ".")
	}
	return fresh, err
}

// lastWords says why an event was refused the last time, in the words of the function that refused it. Whatever else
// answered in its place is not quoted: nobody knows what stands in it.
func lastWords(u events.Undelivered) string {
	var p function.Problem
	if text, err := decoded(u.Answer); err == nil && json.Unmarshal(text, &p) == nil && p.Detail != "" {
		return Storable(p.Detail)
	}
	if u.Status != "" {
		return fmt.Sprintf("the last answer was %s", Storable(u.Status))
	}
	return "there was no answer"
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

// Storable is what PostgreSQL can keep of a stranger's text, at most 1000 characters of it.
func Storable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
	if r := []rune(text); len(r) > 1000 {
		text = string(r[:1000])
	}
	return text
}
