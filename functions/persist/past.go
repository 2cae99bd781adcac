package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readHead = `SELECT c.head, c.owner, (SELECT array_agg(s.id ORDER BY s.position) FROM signers s WHERE s.contract = c.id AND ` + own + `)
		FROM contracts c WHERE c.id = $1`

	readHistory = `SELECT h.seq, h.at, h.actor, h.what, h.detail, h.previous_hash, h.hash, coalesce(w.text, '')
		FROM history h LEFT JOIN words w ON w.contract = h.contract AND w.seq = h.seq
		WHERE h.contract = $1 ORDER BY h.seq`
)

// history answers with a contract's history, as asks is shown it. One whose chain is broken is shown all the same, and
// reported.
func (d *door) history(r *http.Request, asks caller) (answer, error) {
	id := contract.ID(r.PathValue("id"))
	p, err := d.ledger.past(r.Context(), asks, id)
	if err != nil {
		return answer{}, err
	}
	if end, err := Verify(id, p.entries); err != nil || end != p.head {
		d.log.Error("a history was tampered with", "contract", string(id), "error", fmt.Sprint(err))
	}
	return ok(asks.portionRead(p.relation).entries(p.entries)), nil
}

// past is a contract's history.
type past struct {
	entries  []persistclient.Entry // oldest first
	head     string                // the hash that the contract's row keeps of the last
	relation lifecycle.Relation    // what the asker is to the contract
}

// past returns all of it, which is never answered as it is.
func (l *ledger) past(ctx context.Context, asks caller, id contract.ID) (p past, err error) {
	p.entries = []persistclient.Entry{}
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readHead, string(id)).QueryRow(func(row pgx.Row) error {
			var owner string
			var theirs []string
			err := row.Scan(&p.head, &owner, &theirs)
			p.relation = asks.relationTo(owner, theirs)
			return err
		})
		b.Queue(readHistory, string(id)).Query(func(rows pgx.Rows) (err error) {
			p.entries, err = pgx.AppendRows(p.entries, rows, scanEntry)
			return err
		})
	})
	if err != nil {
		return past{}, fmt.Errorf("read the history of contract %s: %w", id, err)
	}
	return p, nil
}

func scanEntry(row pgx.CollectableRow) (persistclient.Entry, error) {
	var e persistclient.Entry
	var detail []byte
	err := row.Scan(&e.Seq, &e.At, &e.Actor, &e.What, &detail, &e.PreviousHash, &e.Hash, &e.Words)
	e.Detail, e.At = json.RawMessage(detail), e.At.UTC()
	return e, err
}

// entriesShown is what a signer is shown of each kind of entry: these members of its detail, of those that their view of
// the contract shows as well. An entry that is not here is not shown, so that a new kind is hidden until somebody decides
// about it.
var entriesShown = map[string][]string{
	"contract.drafted":   {"template", "language", "signers", "status"},
	"action.send":        {"status"},
	"action.cancel":      {"status", "cancel_wanted"},
	"document.generated": {"document", "status"},
	"signature.opened":   {"status"},
	"signature.checked":  {"state", "signers", "signed_copy", "proof", "status"},
	"mail.sent":          {"letter", "occasion", "recipient", "status"},
	readingEntry:         {"part"},
}

// entries leaves of a history what is in the portion: all of it, or what the contract itself shows. Where something is left
// out there are no hashes either, by which it could be guessed.
func (p portion) entries(all []persistclient.Entry) []persistclient.Entry {
	if p.past {
		return all
	}
	shown := []persistclient.Entry{}
	for _, e := range all {
		if e, left := p.entry(e); left {
			shown = append(shown, e)
		}
	}
	return shown
}

// entry is what is left of one. Of one that is not shown it is left that the contract came to another status by it.
func (p portion) entry(e persistclient.Entry) (persistclient.Entry, bool) {
	var detail map[string]json.RawMessage
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return persistclient.Entry{}, false
	}
	members, known := entriesShown[e.What]
	if letter := e.What == "mail.sent"; p.own == "" || !known || letter && string(detail["recipient"]) != `"`+p.own+`"` {
		var status contract.Status
		if err := json.Unmarshal(detail["status"], &status); err != nil || p.own == "" {
			return persistclient.Entry{}, false
		}
		e.Actor, e.What, members = itself.actor(), "contract."+string(status), []string{"status"}
	}
	left := map[string]json.RawMessage{}
	for _, name := range members {
		if value, there := detail[name]; there {
			left[name] = value
		}
	}
	text, err := json.Marshal(left)
	return persistclient.Entry{Seq: e.Seq, At: e.At, Actor: e.Actor, What: e.What, Detail: text}, err == nil
}
