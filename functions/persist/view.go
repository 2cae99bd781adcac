package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// viewColumns read a contract with everything that belongs to it, in one statement. The token is the newest
// attempt's; row-level security shows it to functions alone.
const viewColumns = `SELECT c.snapshot, c.title, c.data, c.created_at, c.due_at, c.nudges, u.name, coalesce(u.email, ''), u.locale,
		(SELECT jsonb_agg(jsonb_build_object('id', s.id, 'first_name', s.first_name, 'last_name', s.last_name,
			'email', s.email, 'phone', s.phone, 'locale', s.locale, 'own', ` + own + `) ORDER BY s.position)
		 FROM signers s WHERE s.contract = c.id),
		coalesce((SELECT a.token FROM attempts a WHERE a.contract = c.id ORDER BY a.number DESC LIMIT 1), ''),
		(SELECT array_agg(d.id ORDER BY d.at) FROM dead_letters d WHERE d.contract = c.id AND d.replayed_at IS NULL)
	FROM contracts c JOIN users u ON u.id = c.owner`

// own holds for a signer s whose address is the asker's: one that their account has proved to be its own (act_as).
const own = `lower(s.email) = nullif(current_setting('paraphe.address', true), '')`

const readView = viewColumns + ` WHERE c.id = $1`

// scanView reads a row of viewColumns as asks is shown it in passing.
func scanView(row pgx.Row, asks caller) (persistclient.View, error) {
	v, err := scanWhole(row, asks)
	return asks.shown(v), err
}

// scanWhole reads a row of viewColumns with all that is in it, and with what asks is to that contract. It is for what is
// worked on, and is never answered.
func scanWhole(row pgx.Row, asks caller) (persistclient.View, error) {
	var v persistclient.View
	var people []struct {
		persistclient.Person
		Own bool `json:"own"`
	}
	var data []byte
	var dueAt *time.Time
	err := row.Scan(&v.Contract, &v.Title, &data, &v.CreatedAt, &dueAt, &v.Nudges, &v.OwnerName, &v.OwnerEmail, &v.OwnerLocale,
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
	v.Relation = asks.relationTo(v.Owner, theirs)
	return v, nil
}

// view returns one contract as asks is shown it by itself. pgx.ErrNoRows if there is none that asks may see.
func (l *ledger) view(ctx context.Context, asks caller, id contract.ID) (persistclient.View, error) {
	var v persistclient.View
	err := l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readView, string(id)).QueryRow(func(row pgx.Row) (err error) {
			v, err = scanWhole(row, asks)
			return err
		})
	})
	if err != nil {
		return persistclient.View{}, fmt.Errorf("read contract %s: %w", id, err)
	}
	return asks.reads(v), nil
}

func (d *door) contract(r *http.Request, asks caller) (answer, error) {
	v, err := d.ledger.view(r.Context(), asks, contract.ID(r.PathValue("id")))
	return ok(v), err
}
