package persist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	// lookedAfter are the contracts that need attention and that the asker looks after. Whoever only signs one is not told
	// that something is wrong with it.
	lookedAfter = ` WHERE c.causes <> '{}' AND (@everything OR c.owner = @asker)`

	// troublesOpen are a contract's open troubles, and that it is overdue, which is not kept among them.
	troublesOpen = `(SELECT x.cause, x.since, coalesce(x.ours, false) AS ours, coalesce(x.stops, false) AS stops
			FROM jsonb_to_recordset(coalesce(c.snapshot->'troubles', '[]')) AS x (cause text, since timestamptz, ours boolean, stops boolean, set_aside_at timestamptz)
			WHERE x.set_aside_at IS NULL
		UNION ALL SELECT '` + lifecycle.CauseOverdue + `', c.updated_at, false, false WHERE '` + lifecycle.CauseOverdue + `' = ANY (c.causes))`

	readAttention = `SELECT t.cause, count(DISTINCT c.id), min(t.since), min(c.due_at) FILTER (WHERE NOT t.stops), bool_or(t.ours),
			count(DISTINCT c.id) FILTER (WHERE t.stops)
		FROM contracts c, LATERAL ` + troublesOpen + ` t` + lookedAfter + ` GROUP BY t.cause ORDER BY min(t.since), t.cause`

	// selectCause leaves out what cannot be set aside, so that it does not stand before what can.
	selectCause = `SELECT c.id, count(*) OVER () FROM contracts c, LATERAL
			(SELECT min(o.since) AS since FROM ` + troublesOpen + ` o WHERE o.cause = @cause AND (@stopped OR NOT o.stops)) t` + lookedAfter + `
			AND @cause = ANY (c.causes) AND t.since IS NOT NULL
		ORDER BY t.since, c.id LIMIT @most`

	readSelected = `SELECT snapshot FROM contracts WHERE id = ANY ($1) ORDER BY array_position($1, id)`
)

func (d *door) attention(r *http.Request, asks caller) (answer, error) {
	causes := []persistclient.Cause{}
	err := d.ledger.db.trip(r.Context(), asks, func(b *pgx.Batch) {
		b.Queue(readAttention, looksAfter(asks)).Query(func(rows pgx.Rows) (err error) {
			causes, err = pgx.AppendRows(causes, rows, scanCause)
			return err
		})
	})
	if err != nil {
		return answer{}, fmt.Errorf("list what needs attention: %w", err)
	}
	return ok(causes), nil
}

func looksAfter(asks caller) pgx.NamedArgs {
	return pgx.NamedArgs{"everything": asks.Role == auth.Administrator, "asker": asks.Subject}
}

func scanCause(row pgx.CollectableRow) (persistclient.Cause, error) {
	var c persistclient.Cause
	var next *time.Time
	err := row.Scan(&c.Cause, &c.Contracts, &c.Since, &next, &c.Ours, &c.Stopped)
	if c.Since = c.Since.UTC(); next != nil {
		c.NextTry = next.UTC()
	}
	return c, err
}

// selected is which contracts were selected, as it is kept under a key.
type selected struct {
	Total int      `json:"total"`
	IDs   []string `json:"ids"`
}

// selectOf chooses contracts that need attention for a cause. With a key, the choice is kept: asked again, the same ones
// are answered, as they stand then.
func (d *door) selectOf(r *http.Request, asks caller) (answer, error) {
	action, cause := lifecycle.Action(r.PathValue("action")), r.PathValue("cause")
	var f faults
	f.check("action", action == lifecycle.Retry || action == lifecycle.SetAside, "is not one of retry, set_aside")
	f.length("cause", cause, 1, causeLimit)
	once, err := onceOf(r)
	if err := errors.Join(f.err(), err); err != nil {
		return answer{}, err
	}
	for range tries {
		s, err := d.ledger.selectOf(r.Context(), asks, cause, action, once)
		if !isCode(err, uniqueViolation, "idempotency_pkey") {
			return ok(s), err
		}
	}
	return answer{}, errRaced
}

// causeLimit is how long a cause's code may be.
const causeLimit = 100

func (l *ledger) selectOf(ctx context.Context, asks caller, cause string, action lifecycle.Action, once persistclient.Idempotency) (persistclient.Selection, error) {
	var chosen selected
	args := looksAfter(asks)
	args["cause"], args["stopped"], args["most"] = cause, action == lifecycle.Retry, persistclient.SelectionLimit
	kept, err := l.recallText(ctx, asks, once, func(b *pgx.Batch) {
		b.Queue(selectCause, args).Query(func(rows pgx.Rows) error {
			var id string
			_, err := pgx.ForEachRow(rows, []any{&id, &chosen.Total}, func() error { chosen.IDs = append(chosen.IDs, id); return nil })
			return err
		})
	})
	if err == nil && kept != nil {
		chosen = selected{}
		err = json.Unmarshal(kept, &chosen)
	}
	if err != nil {
		return persistclient.Selection{}, fmt.Errorf("select contracts by their cause: %w", err)
	}
	s := persistclient.Selection{Total: chosen.Total, Contracts: []contract.Contract{}}
	text, err := json.Marshal(chosen)
	if err != nil {
		return s, err
	}
	return s, l.db.trip(ctx, asks, func(b *pgx.Batch) {
		if once.Key != "" && kept == nil {
			b.Queue(insertAnswer, asks.Subject, once.Key, once.Digest, text, l.moment())
		}
		b.Queue(readSelected, chosen.IDs).Query(func(rows pgx.Rows) (err error) {
			s.Contracts, err = pgx.AppendRows(s.Contracts, rows, pgx.RowTo[contract.Contract])
			return err
		})
	})
}
