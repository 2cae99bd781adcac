package persist

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// How many contracts a page has.
const (
	usualPage   = 20
	largestPage = 100
)

// readPage selects newest first. Row-level security holds back what is not the reader's; to say it here once more
// lets PostgreSQL start from the reader's own contracts. It is selected by what the reader is shown in the list (shown.go),
// or what is not shown could be found out by asking: titles and names by everybody, addresses by the owner and by whoever
// has them, what needs attention by those who look after it.
const readPage = viewColumns + `
	WHERE (@everything OR c.id IN (SELECT r.contract FROM readers r WHERE r.user_id = @reader))
		AND (@status = '' OR c.status = @status)
		AND (NOT @attention OR c.causes <> '{}') AND (@cause = '' OR @cause = ANY (c.causes))
		AND (NOT @attention AND @cause = '' OR @everything OR c.owner = @reader)
		AND (@search = '' OR c.title ILIKE @search OR EXISTS (SELECT FROM signers s WHERE s.contract = c.id
			AND (s.first_name || ' ' || s.last_name ILIKE @search OR s.email ILIKE @search AND (c.owner = @reader OR ` + own + `))))
		AND (c.created_at, c.id) < (@before_time, @before_id)
	ORDER BY c.created_at DESC, c.id DESC LIMIT @limit`

func (d *door) list(r *http.Request, asks caller) (answer, error) {
	q, err := readQuery(r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	page, err := d.ledger.page(r.Context(), asks, q)
	return ok(page), err
}

// readQuery reads a list's parameters.
func readQuery(v url.Values) (persistclient.Query, error) {
	q := persistclient.Query{Status: contract.Status(v.Get("status")), Search: v.Get("q"), Cause: v.Get("cause"), Cursor: v.Get("cursor"), Limit: usualPage}
	var f faults
	f.check("status", q.Status == "" || slices.Contains(contract.Statuses, q.Status), "is no status")
	f.length("q", q.Search, 0, 200)
	f.length("cause", q.Cause, 0, 100)
	if text := v.Get("attention"); text != "" {
		want, err := strconv.ParseBool(text)
		f.check("attention", err == nil, "must be true or false")
		q.Attention = want
	}
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		f.check("limit", err == nil && n >= 1 && n <= largestPage, fmt.Sprintf("must be 1 to %d", largestPage))
		q.Limit = n
	}
	_, _, err := readCursor(q.Cursor)
	f.check("cursor", err == nil, "is none that was given out")
	return q, f.err()
}

// page returns a part of the list of contracts that asks may see.
func (l *ledger) page(ctx context.Context, asks caller, q persistclient.Query) (persistclient.Page, error) {
	before, id, err := readCursor(q.Cursor)
	if err != nil {
		return persistclient.Page{}, err
	}
	args := pgx.StrictNamedArgs{
		"everything": asks.Role == auth.Administrator, "reader": asks.Subject, "status": string(q.Status), "attention": q.Attention,
		"cause": q.Cause, "search": pattern(q.Search), "before_time": before, "before_id": id, "limit": q.Limit + 1,
	}
	page := persistclient.Page{Items: []persistclient.View{}}
	err = l.db.trip(ctx, asks, func(b *pgx.Batch) {
		b.Queue(readPage, args).Query(func(rows pgx.Rows) (err error) {
			page.Items, err = pgx.AppendRows(page.Items, rows, func(row pgx.CollectableRow) (persistclient.View, error) { return scanView(row, asks) })
			return err
		})
	})
	if err != nil {
		return page, fmt.Errorf("list contracts: %w", err)
	}
	if len(page.Items) > q.Limit { // one more was asked for, to learn whether there is one
		page.Items = page.Items[:q.Limit]
		page.Next = cursor(page.Items[q.Limit-1])
	}
	return page, nil
}

// pattern makes what a person typed the middle of a LIKE pattern.
func pattern(search string) string {
	if search == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search) + "%"
}

// cursor names the place behind v in the list.
func cursor(v persistclient.View) string {
	return base64.RawURLEncoding.EncodeToString([]byte(v.CreatedAt.Format(time.RFC3339Nano) + " " + string(v.ID)))
}

// endOfTime is later than every contract: the place before the first page.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func readCursor(text string) (before time.Time, id string, err error) {
	if text == "" {
		return endOfTime, "", nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return before, "", err
	}
	at, id, _ := strings.Cut(string(plain), " ")
	if !contractForm().MatchString(id) {
		return before, "", fmt.Errorf("cursor of no contract")
	}
	before, err = time.Parse(time.RFC3339Nano, at)
	return before, id, err
}
