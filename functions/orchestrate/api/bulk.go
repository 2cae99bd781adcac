package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	atOnce   = 4                // how many contracts of a cause are worked on at once
	allTime  = 20 * time.Second // how long one request goes on with them; what is left is told
	allTries = decisions        // how often those are tried again that changed meanwhile
)

// BulkResult says what was done for the contracts of a cause, or would be.
type BulkResult struct {
	Action   lifecycle.Action `json:"action"`
	Cause    string           `json:"cause"`
	Sentence string           `json:"sentence"`
	DryRun   bool             `json:"dry_run,omitempty"`
	Will     string           `json:"will,omitempty"` // what would be done, in English
	Done     int              `json:"done"`           // for how many contracts it was done, or would be
	Left     int              `json:"left"`           // how many are left for the next request
}

// ActOnCause makes the handler that does one thing for the contracts of a cause, so many at once. The same request again does
// nothing a second time, and goes on with what it did not come to.
func (a *API) ActOnCause(kind lifecycle.Action) func(c rest.Call) error {
	return func(c rest.Call) error {
		var asked actionBody
		form := any(&struct{}{})
		if kind == lifecycle.SetAside {
			form = &struct {
				Reason *string `json:"reason"`
			}{&asked.Reason}
		}
		raw, err := c.Body(form, true)
		if err != nil {
			return err
		}
		dry, asked, err := readBulk(c, kind, asked)
		if err != nil {
			return err
		}
		once, err := c.IdempotencyKey(raw)
		if err != nil {
			return err
		}
		if dry {
			return a.preview(c, kind, asked)
		}
		if once.Key == "" { // so that what changes meanwhile does not change what was chosen
			once = persistclient.Idempotency{Key: ids.New(), Digest: "once"}
		}
		out := BulkResult{Action: kind, Cause: asked.Cause, Sentence: wordingOf(asked.Cause).sentence}
		if out.Done, out.Left, err = a.actOnAll(c, kind, asked, once); err != nil {
			return err
		}
		function.WriteJSON(c.W, http.StatusOK, out)
		return nil
	}
}

// readBulk reads what is asked for all contracts of a cause, and whether only to say what would be done.
func readBulk(c rest.Call, kind lifecycle.Action, asked actionBody) (dry bool, _ actionBody, err error) {
	asked.Reason, asked.Cause = strings.TrimSpace(asked.Reason), c.R.PathValue("cause")
	var wrong input.FieldErrors
	wrong.Check("cause", fields.ValidateCause(asked.Cause))
	text := c.R.URL.Query().Get("dry_run")
	if dry = text == "true"; !dry && text != "" && text != "false" {
		wrong.Add("dry_run", "must be true or false")
	}
	wrong.Check("reason", fields.ValidateReason(asked.Reason))
	if kind == lifecycle.SetAside && asked.Reason == "" && !dry {
		wrong.Add("reason", "must say why it may stay as it is")
	}
	if len(wrong) > 0 {
		if _, err := c.Record.Attention(c.R.Context()); err != nil {
			return dry, asked, err // what is missing in a request of somebody who may ask nothing is not worth telling
		}
		return dry, asked, rest.Invalid(wrong...)
	}
	if can := remediesForAll(persistclient.Cause{Cause: asked.Cause, Contracts: 1}); !slices.Contains(can, string(kind)) {
		return dry, asked, rest.Problem(http.StatusConflict, fmt.Sprintf("%s is no remedy for this. What is: %s.", kind, strings.Join(can, ", ")))
	}
	return dry, asked, nil
}

// preview says what a request would do, and does nothing.
func (a *API) preview(c rest.Call, kind lifecycle.Action, asked actionBody) error {
	chosen, err := c.Record.Select(c.R.Context(), asked.Cause, kind, persistclient.Idempotency{})
	if err != nil {
		return err
	}
	out := BulkResult{
		Action: kind, Cause: asked.Cause, Sentence: wordingOf(asked.Cause).sentence, DryRun: true,
		Done: len(chosen.Contracts), Left: chosen.Total - len(chosen.Contracts),
	}
	out.Will = fmt.Sprintf("%d contracts are tried again now. A notification of which nobody knows whether it went out is not sent again.", out.Done)
	if kind == lifecycle.SetAside {
		out.Will = fmt.Sprintf("It is left as it is for %d contracts, with your reason in their histories. Notifications that this is about are not sent.", out.Done)
	}
	if out.Left > 0 {
		out.Will += fmt.Sprintf(" %d more are left for the next request.", out.Left)
	}
	function.WriteJSON(c.W, http.StatusOK, out)
	return nil
}

// actOnAll does it for those that were chosen. One that changed meanwhile is decided on again; one that this does not help
// any more is passed over.
func (a *API) actOnAll(c rest.Call, kind lifecycle.Action, asked actionBody, once persistclient.Idempotency) (done, left int, err error) {
	ctx, cancel := context.WithTimeout(c.R.Context(), allTime)
	defer cancel()
	settled := map[contract.ID]bool{} // whether it was done
	for range allTries {
		chosen, err := c.Record.Select(ctx, asked.Cause, kind, once)
		if err != nil {
			return 0, 0, err
		}
		open := slices.DeleteFunc(slices.Clone(chosen.Contracts), func(one contract.Contract) bool { _, is := settled[one.ID]; return is })
		a.actOnEach(ctx, c, kind, asked, once, open, settled)
		if left = chosen.Total - len(settled); len(settled) == len(chosen.Contracts) || ctx.Err() != nil {
			break
		}
	}
	for _, was := range settled {
		if was {
			done++
		}
	}
	return done, left, c.R.Context().Err()
}

// actOnEach goes through contracts, several at once, and notes those that are settled.
func (a *API) actOnEach(ctx context.Context, c rest.Call, kind lifecycle.Action, asked actionBody, once persistclient.Idempotency, list []contract.Contract, settled map[contract.ID]bool) {
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan contract.Contract)
	for range atOnce {
		all.Go(func() {
			for one := range next {
				done, err := a.actOnOne(ctx, c, kind, asked, once, one)
				mu.Lock()
				if err == nil {
					settled[one.ID] = done
				} else if !errors.Is(err, persistclient.ErrConflict) {
					a.Log.Warn("left for the next request", "action", string(kind), "contract", string(one.ID), "error", err.Error())
				}
				mu.Unlock()
			}
		})
	}
	for _, one := range list {
		if ctx.Err() != nil {
			break
		}
		next <- one
	}
	close(next)
	all.Wait()
}

// actOnOne does it for one contract as it stands, unless this request did it before or it is of no use any more.
func (a *API) actOnOne(ctx context.Context, c rest.Call, kind lifecycle.Action, asked actionBody, once persistclient.Idempotency, one contract.Contract) (done bool, err error) {
	mine := persistclient.Idempotency{Key: events.DerivedID("for-all", once.Key, string(one.ID)), Digest: once.Digest}
	who := lifecycle.Relation{Owner: one.Owner == c.Person.Subject, Administrator: c.Person.Role == auth.Administrator}
	w := persistclient.Action{Kind: kind, Version: neverVersion}
	if a.helps(kind, asked, one, who) {
		if w, err = a.actionFor(one, kind, asked); err != nil {
			return false, err
		}
	}
	_, err = c.Record.Perform(ctx, one.ID, w, mine)
	if w.Version == neverVersion && errors.Is(err, persistclient.ErrConflict) || errors.Is(err, persistclient.ErrImpossible) {
		return false, nil // somebody else was earlier, or it has gone on
	}
	return err == nil, err
}

// helps reports whether it can be done for a contract, and there is still something to be done.
func (a *API) helps(kind lifecycle.Action, asked actionBody, one contract.Contract, who lifecycle.Relation) bool {
	there := asked.Cause == lifecycle.CauseOverdue || slices.ContainsFunc(lifecycle.Open(one), func(t contract.Trouble) bool { return t.Cause == asked.Cause })
	return there && lifecycle.Authorize(kind, one, who, a.Now()) == nil
}
