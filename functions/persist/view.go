package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/record"
)

// viewColumns read a contract with everything that belongs to it, in one statement. The token is the newest
// attempt's; row-level security shows it to functions alone.
const viewColumns = `SELECT c.snapshot, c.title, c.data, c.created_at, c.due_at, c.nudges, u.name, coalesce(u.email, ''), u.locale,
		(SELECT jsonb_agg(jsonb_build_object('id', s.id, 'first_name', s.first_name, 'last_name', s.last_name,
			'email', s.email, 'phone', s.phone, 'locale', s.locale) ORDER BY s.position)
		 FROM signers s WHERE s.contract = c.id),
		coalesce((SELECT a.token FROM attempts a WHERE a.contract = c.id ORDER BY a.number DESC LIMIT 1), ''),
		(SELECT array_agg(d.id ORDER BY d.at) FROM dead_letters d WHERE d.contract = c.id AND d.replayed_at IS NULL)
	FROM contracts c JOIN users u ON u.id = c.owner`

const readView = viewColumns + ` WHERE c.id = $1`

// scanView reads a row of viewColumns as asks is shown it.
func scanView(row pgx.Row, asks caller) (record.View, error) {
	var v record.View
	var data []byte
	var dueAt *time.Time
	err := row.Scan(&v.Contract, &v.Title, &data, &v.CreatedAt, &dueAt, &v.Nudges, &v.OwnerName, &v.OwnerEmail, &v.OwnerLocale,
		&v.People, &v.Token, &v.DeadLetters)
	if err != nil {
		return record.View{}, err
	}
	v.Data, v.CreatedAt = json.RawMessage(data), v.CreatedAt.UTC()
	if dueAt != nil {
		v.DueAt = dueAt.UTC()
	}
	return asks.shown(v), nil
}

// view returns one contract. pgx.ErrNoRows if there is none that asks may see.
func (l *ledger) view(ctx context.Context, asks caller, id contract.ID) (record.View, error) {
	var v record.View
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readView, string(id)).QueryRow(func(row pgx.Row) (err error) {
			v, err = scanView(row, asks)
			return err
		})
	})
	if err != nil {
		return v, fmt.Errorf("read contract %s: %w", id, err)
	}
	return v, nil
}

func (d *door) contract(r *http.Request, asks caller) (answer, error) {
	v, err := d.ledger.view(r.Context(), asks, contract.ID(r.PathValue("id")))
	return ok(v), err
}

const (
	readHead = `SELECT head FROM contracts WHERE id = $1`

	readHistory = `SELECT h.seq, h.at, h.actor, h.what, h.detail, h.previous_hash, h.hash, coalesce(w.text, '')
		FROM history h LEFT JOIN words w ON w.contract = h.contract AND w.seq = h.seq
		WHERE h.contract = $1 ORDER BY h.seq`
)

// history answers with a contract's history. One whose chain is broken is shown all the same, and reported.
func (d *door) history(r *http.Request, asks caller) (answer, error) {
	id := contract.ID(r.PathValue("id"))
	entries, head, err := d.ledger.history(r.Context(), asks, id)
	if err != nil {
		return answer{}, err
	}
	if end, err := Verify(id, entries); err != nil || end != head {
		d.log.Error("a history was tampered with", "contract", string(id), "error", fmt.Sprint(err))
	}
	return ok(entries), nil
}

// history returns the entries, oldest first, and the hash that the contract's row keeps of the last.
func (l *ledger) history(ctx context.Context, asks caller, id contract.ID) (entries []record.Entry, head string, err error) {
	entries = []record.Entry{}
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readHead, string(id)).QueryRow(func(row pgx.Row) error { return row.Scan(&head) })
		b.Queue(readHistory, string(id)).Query(func(rows pgx.Rows) (err error) {
			entries, err = pgx.AppendRows(entries, rows, scanEntry)
			return err
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("read the history of contract %s: %w", id, err)
	}
	return entries, head, nil
}

func scanEntry(row pgx.CollectableRow) (record.Entry, error) {
	var e record.Entry
	var detail []byte
	err := row.Scan(&e.Seq, &e.At, &e.Actor, &e.What, &detail, &e.PreviousHash, &e.Hash, &e.Words)
	e.Detail, e.At = json.RawMessage(detail), e.At.UTC()
	return e, err
}
