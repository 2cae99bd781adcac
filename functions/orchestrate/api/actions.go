package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// decisions is how often an action is decided anew because the contract changed meanwhile: notifications that go out change
// it all the time.
const decisions = 4

// neverVersion is a version that no contract has. With it nothing can be written down, so persist has
// only its kept answer to give.
const neverVersion = 0

// Act makes the handler of one kind of action. The answer is 202: the contract as it stands, with more to follow.
func (a *API) Act(kind lifecycle.Action) func(c rest.Call) error {
	return func(c rest.Call) error {
		var asked actionBody
		raw, err := c.Body(asked.form(kind), true)
		if err != nil {
			return err
		}
		asked.Reason = strings.TrimSpace(asked.Reason)
		if wrong := asked.check(kind); len(wrong) > 0 {
			if _, err := contractOf(c); err != nil {
				return err // what is missing in a request about nothing is not worth telling
			}
			return rest.Invalid(wrong...)
		}
		once, err := c.IdempotencyKey(raw)
		if err != nil {
			return err
		}
		v, err := a.decideAnew(c, kind, asked, once)
		if err != nil {
			return err
		}
		return a.show(c, http.StatusAccepted, v)
	}
}

// actionBody is what comes with an action.
type actionBody struct {
	Reason string `json:"reason"` // of a cancellation, or of setting something aside
	About  string `json:"about"`  // the trouble that is meant
	Cause  string `json:"-"`      // every trouble of this cause, of the contracts that are worked on together
	Signer string `json:"-"`      // whose address is corrected
	Email  string `json:"-"`      // to this
}

// form is what the body of this kind of action may hold: no field is taken that would mean nothing.
func (w *actionBody) form(kind lifecycle.Action) any {
	switch kind {
	case lifecycle.Cancel:
		return &struct {
			Reason *string `json:"reason"`
		}{&w.Reason}
	case lifecycle.SendAgain:
		return &struct {
			About *string `json:"about"`
		}{&w.About}
	case lifecycle.SetAside:
		return w
	}
	return &struct{}{}
}

// check says what of it cannot be taken. Whoever sets something aside says why.
func (w *actionBody) check(kind lifecycle.Action) input.FieldErrors {
	var wrong input.FieldErrors
	wrong.Check("reason", fields.ValidateReason(w.Reason))
	if kind == lifecycle.SetAside && w.Reason == "" {
		wrong.Add("reason", "must say why it may stay as it is")
	}
	if (kind == lifecycle.SetAside || kind == lifecycle.SendAgain) && (w.About == "" || len(w.About) > fields.AboutLimit) {
		wrong.Add("about", "must name one of the contract's troubles, for example mail/invitation/1/owner")
	}
	return wrong
}

// decideAnew decides on an action and has it written down. If the contract changed in between, it is decided again.
func (a *API) decideAnew(c rest.Call, kind lifecycle.Action, asked actionBody, once persistclient.Idempotency) (persistclient.View, error) {
	for range decisions {
		v, err := a.decideAction(c, kind, asked, once)
		if !errors.Is(err, persistclient.ErrConflict) {
			return v, err
		}
	}
	return persistclient.View{}, fmt.Errorf("%s contract %s: %w", kind, c.R.PathValue("id"), persistclient.ErrConflict)
}

// decideAction decides on the contract as it stands and has the action written down for exactly that version: persist
// derives what it makes of the contract by the same rules. The sealed message of a new attempt is kept with it, before
// the signature service is asked for anything.
func (a *API) decideAction(c rest.Call, kind lifecycle.Action, asked actionBody, once persistclient.Idempotency) (persistclient.View, error) {
	v, err := contractOf(c)
	if err != nil {
		return persistclient.View{}, err
	}
	if no := lifecycle.Authorize(kind, v.Contract, v.Relation, a.Now()); no != nil {
		return a.refuseOrReplay(c, v, kind, *no, once)
	}
	w, err := a.actionFor(v.Contract, kind, asked)
	if err != nil {
		return persistclient.View{}, err
	}
	return c.Record.Perform(c.R.Context(), v.ID, w, once)
}

// actionFor is an action on a contract as it stands, with the sealed message of the attempt that it begins, if it begins one.
func (a *API) actionFor(c contract.Contract, kind lifecycle.Action, asked actionBody) (w persistclient.Action, err error) {
	w = persistclient.Action{Kind: kind, Version: c.Version, About: asked.About, Cause: asked.Cause, Signer: asked.Signer, Email: asked.Email, Reason: asked.Reason}
	if number := lifecycle.NewAttempt(kind, c); number > 0 {
		sealed := auth.Sealed{SealContext: a.Context, Contract: c.ID, Attempt: number}
		w.Attempt = &persistclient.Attempt{Number: number}
		if w.Attempt.Token, err = a.Seal.Seal(sealed); err != nil {
			return w, fmt.Errorf("seal an attempt of contract %s: %w", c.ID, err)
		}
	}
	return w, nil
}

// refuseOrReplay says no, unless this very request was granted before: then it gets its answer again, since it may
// be refused only because it has had its effect.
func (a *API) refuseOrReplay(c rest.Call, v persistclient.View, kind lifecycle.Action, no lifecycle.Refusal, once persistclient.Idempotency) (persistclient.View, error) {
	if once.Key != "" && !no.NotYours {
		kept, err := c.Record.Perform(c.R.Context(), v.ID, persistclient.Action{Kind: kind, Version: neverVersion}, once)
		if !errors.Is(err, persistclient.ErrConflict) {
			return kept, err
		}
	}
	if no.NotYours {
		return persistclient.View{}, rest.Problem(http.StatusForbidden, "You cannot: "+no.Why+".")
	}
	return persistclient.View{}, impossible(v, no.Why, lifecycle.Actions(v.Contract, v.Relation, a.Now()))
}

// impossible is the problem of asking for what cannot be done at this moment. It says how the contract stands and what
// could be done instead.
func impossible(v persistclient.View, why string, can []string) function.Problem {
	detail := fmt.Sprintf("The contract is %s: %s.", v.Status, why)
	if len(can) > 0 {
		detail += " What is possible: " + strings.Join(can, ", ") + "."
	}
	return rest.Problem(http.StatusConflict, detail)
}
