package views

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/idempotency"
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

// Attention lists what needs attention by its cause, of the contracts that the caller looks after.
func (s *Store) Attention(ctx context.Context, caller access.Caller) ([]persistclient.Cause, error) {
	causes := []persistclient.Cause{}
	err := s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		b.Queue(readAttention, looksAfter(caller)).Query(func(rows pgx.Rows) (err error) {
			causes, err = pgx.AppendRows(causes, rows, scanCause)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list what needs attention: %w", err)
	}
	return causes, nil
}

func looksAfter(caller access.Caller) pgx.NamedArgs {
	return pgx.NamedArgs{"everything": caller.Role == auth.Administrator, "asker": caller.Subject}
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

// maxTries is how often a selection that lost a race is made again before it is given back to the caller.
const maxTries = 8

// Select chooses contracts that need attention for a cause. With a key, the choice is kept: asked again, the same ones are
// answered, as they stand then.
func (s *Store) Select(ctx context.Context, caller access.Caller, cause string, action lifecycle.Action, once persistclient.Idempotency) (selection persistclient.Selection, err error) {
	for range maxTries {
		if selection, err = s.trySelect(ctx, caller, cause, action, once); !idempotency.Lost(err) {
			break
		}
	}
	return selection, err
}

func (s *Store) trySelect(ctx context.Context, caller access.Caller, cause string, action lifecycle.Action, once persistclient.Idempotency) (persistclient.Selection, error) {
	chosen, kept, err := s.choose(ctx, caller, cause, action, once)
	if err != nil {
		return persistclient.Selection{}, fmt.Errorf("select contracts by their cause: %w", err)
	}
	selection := persistclient.Selection{Total: chosen.Total, Contracts: []contract.Contract{}}
	text, err := json.Marshal(chosen)
	if err != nil {
		return selection, err
	}
	return selection, s.db.Batch(ctx, caller, func(b *pgx.Batch) {
		if !kept {
			idempotency.Keep(b, caller, once, text, s.db.Moment())
		}
		b.Queue(readSelected, chosen.IDs).Query(func(rows pgx.Rows) (err error) {
			selection.Contracts, err = pgx.AppendRows(selection.Contracts, rows, pgx.RowTo[contract.Contract])
			return err
		})
	})
}

// choose selects contracts, or returns which were selected for this key before.
func (s *Store) choose(ctx context.Context, caller access.Caller, cause string, action lifecycle.Action, once persistclient.Idempotency) (chosen selected, kept bool, err error) {
	args := looksAfter(caller)
	args["cause"], args["stopped"], args["most"] = cause, action == lifecycle.Retry, persistclient.SelectionLimit
	text, err := idempotency.RecallText(ctx, s.db, caller, once, func(b *pgx.Batch) {
		b.Queue(selectCause, args).Query(func(rows pgx.Rows) error {
			var id string
			_, err := pgx.ForEachRow(rows, []any{&id, &chosen.Total}, func() error { chosen.IDs = append(chosen.IDs, id); return nil })
			return err
		})
	})
	if err != nil || text == nil {
		return chosen, false, err
	}
	chosen = selected{}
	err = json.Unmarshal(text, &chosen)
	return chosen, true, err
}
