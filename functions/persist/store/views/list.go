package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// readPage selects newest first. Row-level security holds back what is not the reader's; to say it here once more
// lets PostgreSQL start from the reader's own contracts. It is selected by what the reader is shown in the list (ListView),
// or what is not shown could be found out by asking: titles and names by everybody, addresses by the owner and by whoever
// has them, what needs attention by those who look after it.
const readPage = viewColumns + `
	WHERE (@everything OR c.id IN (SELECT r.contract FROM readers r WHERE r.user_id = @reader))
		AND (@status = '' OR c.status = @status)
		AND (NOT @attention OR c.causes <> '{}') AND (@cause = '' OR @cause = ANY (c.causes))
		AND (NOT @attention AND @cause = '' OR @everything OR c.owner = @reader)
		AND (@search = '' OR c.title ILIKE @search OR EXISTS (SELECT FROM signers s WHERE s.contract = c.id
			AND (s.first_name || ' ' || s.last_name ILIKE @search OR s.email ILIKE @search AND (c.owner = @reader OR ` + OwnSigner + `))))
		AND (c.created_at, c.id) < (@before_time, @before_id)
	ORDER BY c.created_at DESC, c.id DESC LIMIT @limit`

// Place is where a page begins: behind the contract with this id that was made then.
type Place struct {
	CreatedAt time.Time
	ID        string
}

// Newest is the place before the first page: later than every contract.
var Newest = Place{CreatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}

// List returns at most q.Limit of the contracts that the caller may see, and whether there are more behind them. The cursor of the
// query is not looked at: it is what after was read from.
func (s *Store) List(ctx context.Context, caller access.Caller, q persistclient.Query, after Place) (items []persistclient.View, more bool, err error) {
	args := pgx.StrictNamedArgs{
		"everything": caller.Role == auth.Administrator, "reader": caller.Subject, "status": string(q.Status), "attention": q.Attention,
		"cause": q.Cause, "search": pattern(q.Search), "before_time": after.CreatedAt, "before_id": after.ID, "limit": q.Limit + 1,
	}
	items = []persistclient.View{}
	err = s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readPage, args).Query(func(rows pgx.Rows) (err error) {
			items, err = pgx.AppendRows(items, rows, func(row pgx.CollectableRow) (persistclient.View, error) { return Scan(row, caller) })
			return err
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("list contracts: %w", err)
	}
	if len(items) > q.Limit { // one more was asked for, to learn whether there is one
		return items[:q.Limit], true, nil
	}
	return items, false, nil
}

// pattern makes what a person typed the middle of a LIKE pattern.
func pattern(search string) string {
	if search == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search) + "%"
}
