package views

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	readHead = `SELECT c.head, c.owner, (SELECT array_agg(s.id ORDER BY s.position) FROM signers s WHERE s.contract = c.id AND ` + OwnSigner + `)
		FROM contracts c WHERE c.id = $1`

	readHistory = `SELECT h.seq, h.at, h.actor, h.what, h.detail, h.previous_hash, h.hash, coalesce(w.text, '')
		FROM history h LEFT JOIN free_texts w ON w.contract = h.contract AND w.seq = h.seq
		WHERE h.contract = $1 ORDER BY h.seq`
)

// History returns a contract's history as the caller is shown it, oldest entry first. One whose chain is broken is shown all the
// same, and reported.
func (s *Store) History(ctx context.Context, caller access.Caller, id contract.ID) ([]persistclient.Entry, error) {
	h, err := s.history(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	if end, err := history.Verify(id, h.entries); err != nil || end != h.head {
		s.log.Error("a history was tampered with", "contract", string(id), "error", fmt.Sprint(err))
	}
	return caller.HistoryView(h.relation, h.entries), nil
}

// wholeHistory is a contract's history, which is never answered as it is.
type wholeHistory struct {
	entries  []persistclient.Entry // oldest first
	head     string                // the hash that the contract's row keeps of the last
	relation lifecycle.Relation    // what the asker is to the contract
}

func (s *Store) history(ctx context.Context, caller access.Caller, id contract.ID) (h wholeHistory, err error) {
	h.entries = []persistclient.Entry{}
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readHead, string(id)).QueryRow(func(row pgx.Row) error {
			var owner string
			var theirs []string
			err := row.Scan(&h.head, &owner, &theirs)
			h.relation = caller.RelationTo(owner, theirs)
			return err
		})
		b.Queue(readHistory, string(id)).Query(func(rows pgx.Rows) (err error) {
			h.entries, err = pgx.AppendRows(h.entries, rows, scanEntry)
			return err
		})
	})
	if err != nil {
		return wholeHistory{}, fmt.Errorf("read the history of contract %s: %w", id, err)
	}
	return h, nil
}

func scanEntry(row pgx.CollectableRow) (persistclient.Entry, error) {
	var e persistclient.Entry
	var detail []byte
	err := row.Scan(&e.Seq, &e.At, &e.Actor, &e.What, &detail, &e.PreviousHash, &e.Hash, &e.Words)
	e.Detail, e.At = json.RawMessage(detail), e.At.UTC()
	return e, err
}
