package orchestrate

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// decisions is how often a wish is decided anew because the contract changed meanwhile: letters that go out change
// it all the time.
const decisions = 4

// neverVersion is a version that no contract has. Granted with it, a wish cannot be written down, so persist has
// only its kept answer to give.
const neverVersion = 0

// wish makes the handler of one kind of wish. The answer is 202: the contract as it stands, with more to follow.
func (a *api) wish(kind lifecycle.Action) func(c call) error {
	return func(c call) error {
		var asked askedWish
		raw, err := c.body(asked.form(kind), true)
		if err != nil {
			return err
		}
		asked.Reason = strings.TrimSpace(asked.Reason)
		if wrong := asked.check(kind); len(wrong) > 0 {
			if _, err := c.contract(); err != nil {
				return err // what is missing in a request about nothing is not worth telling
			}
			return invalid(wrong...)
		}
		once, err := c.once(raw)
		if err != nil {
			return err
		}
		v, err := a.settle(c, kind, asked, once)
		if err != nil {
			return err
		}
		return a.show(c, http.StatusAccepted, v)
	}
}

// askedWish is what comes with a wish.
type askedWish struct {
	Reason string `json:"reason"` // of a cancellation, or of setting something aside
	About  string `json:"about"`  // the trouble that is meant
	Cause  string `json:"-"`      // every trouble of this cause, of the contracts that are worked on together
	Signer string `json:"-"`      // whose address is corrected
	Email  string `json:"-"`      // to this
}

// form is what the body of this kind of wish may hold: no field is taken that would mean nothing.
func (w *askedWish) form(kind lifecycle.Action) any {
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
func (w *askedWish) check(kind lifecycle.Action) faults {
	var wrong faults
	why := whyNoReason(w.Reason)
	if kind == lifecycle.SetAside && w.Reason == "" {
		why = "must say why it may stay as it is"
	}
	wrong.add("reason", why)
	if (kind == lifecycle.SetAside || kind == lifecycle.SendAgain) && (w.About == "" || len(w.About) > aboutLimit) {
		wrong.add("about", "must name one of the contract's troubles, for example mail/invitation/1/owner")
	}
	return wrong
}

// aboutLimit is how long the name of a trouble may be, in bytes.
const aboutLimit = 200

// settle decides on a wish and has it written down. If the contract changed in between, it is decided again.
func (a *api) settle(c call, kind lifecycle.Action, asked askedWish, once persistclient.Idempotency) (persistclient.View, error) {
	for range decisions {
		v, err := a.decideWish(c, kind, asked, once)
		if !errors.Is(err, persistclient.ErrConflict) {
			return v, err
		}
	}
	return persistclient.View{}, fmt.Errorf("%s contract %s: %w", kind, c.r.PathValue("id"), persistclient.ErrConflict)
}

// decideWish decides on the contract as it stands and has the wish written down for exactly that version: persist
// derives what it makes of the contract by the same rules. The sealed message of a new attempt is kept with it, before
// the signature service hears of anything.
func (a *api) decideWish(c call, kind lifecycle.Action, asked askedWish, once persistclient.Idempotency) (persistclient.View, error) {
	v, err := c.contract()
	if err != nil {
		return persistclient.View{}, err
	}
	if no := lifecycle.Authorize(kind, v.Contract, v.Relation, a.now()); no != nil {
		return a.refusedBefore(c, v, kind, *no, once)
	}
	w, err := a.wishFor(v.Contract, kind, asked)
	if err != nil {
		return persistclient.View{}, err
	}
	return c.record.Perform(c.r.Context(), v.ID, w, once)
}

// wishFor is a wish for a contract as it stands, with the sealed message of the attempt that it begins, if it begins one.
func (a *api) wishFor(c contract.Contract, kind lifecycle.Action, asked askedWish) (w persistclient.Action, err error) {
	w = persistclient.Action{Kind: kind, Version: c.Version, About: asked.About, Cause: asked.Cause, Signer: asked.Signer, Email: asked.Email, Reason: asked.Reason}
	if number := lifecycle.NewAttempt(kind, c); number > 0 {
		sealed := auth.Sealed{SealContext: a.webhooks, Contract: c.ID, Attempt: number}
		w.Attempt = &persistclient.Attempt{Number: number}
		if w.Attempt.Token, err = a.seal.Seal(sealed); err != nil {
			return w, fmt.Errorf("seal an attempt of contract %s: %w", c.ID, err)
		}
	}
	return w, nil
}

// refusedBefore says no, unless this very request was granted before: then it gets its answer again, since it may
// be refused only because it has had its effect.
func (a *api) refusedBefore(c call, v persistclient.View, kind lifecycle.Action, no lifecycle.Refusal, once persistclient.Idempotency) (persistclient.View, error) {
	if once.Key != "" && !no.NotYours {
		kept, err := c.record.Perform(c.r.Context(), v.ID, persistclient.Action{Kind: kind, Version: neverVersion}, once)
		if !errors.Is(err, persistclient.ErrConflict) {
			return kept, err
		}
	}
	if no.NotYours {
		return persistclient.View{}, problem(http.StatusForbidden, "You cannot: "+no.Why+".")
	}
	return persistclient.View{}, impossible(v, no.Why, lifecycle.Actions(v.Contract, v.Relation, a.now()))
}

// impossible is the problem of asking for what cannot be done at this moment. It says how the contract stands and what
// could be done instead.
func impossible(v persistclient.View, why string, can []string) function.Problem {
	detail := fmt.Sprintf("The contract is %s: %s.", v.Status, why)
	if len(can) > 0 {
		detail += " What is possible: " + strings.Join(can, ", ") + "."
	}
	return problem(http.StatusConflict, detail)
}
