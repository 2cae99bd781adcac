// Package views reads contracts: one, a list, a history, and what needs attention. Row-level security says which contracts
// a caller may see, and package access what they are shown of each.
package views

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// viewColumns read a contract with everything that belongs to it, in one statement. The token is the newest
// attempt's; row-level security shows it to functions alone.
const viewColumns = `SELECT c.snapshot, c.title, c.data, c.created_at, c.due_at, c.backoff, u.name, coalesce(u.email, ''), u.locale,
		(SELECT jsonb_agg(jsonb_build_object('id', s.id, 'first_name', s.first_name, 'last_name', s.last_name,
			'email', s.email, 'phone', s.phone, 'locale', s.locale, 'own', ` + OwnSigner + `) ORDER BY s.position)
		 FROM signers s WHERE s.contract = c.id),
		coalesce((SELECT a.token FROM attempts a WHERE a.contract = c.id ORDER BY a.number DESC LIMIT 1), ''),
		(SELECT array_agg(d.id ORDER BY d.at) FROM dead_letters d WHERE d.contract = c.id AND d.replayed_at IS NULL)
	FROM contracts c JOIN users u ON u.id = c.owner`

// OwnSigner holds for a signer s whose address is the asker's: one that their account has proved to be its own (act_as).
const OwnSigner = `lower(s.email) = nullif(current_setting('paraphe.address', true), '')`

// Read selects the contract with the id $1; Scan and ScanWhole read the row.
const Read = viewColumns + ` WHERE c.id = $1`

// Scan reads a row of Read as the caller is shown the contract in a list.
func Scan(row pgx.Row, caller access.Caller) (persistclient.View, error) {
	v, err := ScanWhole(row, caller)
	return caller.ListView(v), err
}

// ScanWhole reads a row of Read with all that is in it, and with what the caller is to that contract. It is for what is
// worked on, and is never answered.
func ScanWhole(row pgx.Row, caller access.Caller) (persistclient.View, error) {
	var v persistclient.View
	var people []struct {
		persistclient.Person
		Own bool `json:"own"`
	}
	var data []byte
	var dueAt *time.Time
	err := row.Scan(&v.Contract, &v.Title, &data, &v.CreatedAt, &dueAt, &v.Backoff, &v.OwnerName, &v.OwnerEmail, &v.OwnerLocale,
		&people, &v.Token, &v.DeadLetters)
	if err != nil {
		return persistclient.View{}, err
	}
	v.Data, v.CreatedAt = json.RawMessage(data), v.CreatedAt.UTC()
	if dueAt != nil {
		v.DueAt = dueAt.UTC()
	}
	var theirs []string
	for _, p := range people {
		if v.People = append(v.People, p.Person); p.Own {
			theirs = append(theirs, p.ID)
		}
	}
	v.Relation = caller.RelationTo(v.Owner, theirs)
	return v, nil
}

// Store answers questions about contracts.
type Store struct {
	db  *postgres.Database
	log *slog.Logger
}

// New returns a store of what is in this database.
func New(db *postgres.Database, log *slog.Logger) *Store { return &Store{db: db, log: log} }

// Contract returns one contract as the caller is shown it when they open it. pgx.ErrNoRows if there is none that they may see.
func (s *Store) Contract(ctx context.Context, caller access.Caller, id contract.ID) (persistclient.View, error) {
	var v persistclient.View
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(Read, string(id)).QueryRow(func(row pgx.Row) (err error) {
			v, err = ScanWhole(row, caller)
			return err
		})
	})
	if err != nil {
		return persistclient.View{}, fmt.Errorf("read contract %s: %w", id, err)
	}
	return caller.DetailView(v), nil
}
