package orchestrate

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

// decisions is how often a wish is decided anew because the contract changed meanwhile: letters that go out change
// it all the time.
const decisions = 4

// neverVersion is a version that no contract has. Granted with it, a wish cannot be written down, so persist has
// only its kept answer to give.
const neverVersion = 0

// wish makes the handler of one kind of wish. The answer is 202: the contract as it stands, with more to follow.
func (a *api) wish(kind record.WishKind) func(c call) error {
	return func(c call) error {
		var asked struct {
			Reason string `json:"reason"`
		}
		var nothing struct{}
		var into any = &nothing
		if kind == record.Cancel {
			into = &asked
		}
		raw, err := c.body(into, true)
		if err != nil {
			return err
		}
		asked.Reason = strings.TrimSpace(asked.Reason)
		if why := whyNoReason(asked.Reason); why != "" {
			return invalid(function.FieldError{Field: "reason", Reason: why})
		}
		once, err := c.once(raw)
		if err != nil {
			return err
		}
		v, err := a.settle(c, kind, asked.Reason, once)
		if err != nil {
			return err
		}
		return a.show(c, http.StatusAccepted, v)
	}
}

// settle decides on a wish and has it written down. If the contract changed in between, it is decided again.
func (a *api) settle(c call, kind record.WishKind, reason string, once record.Idempotency) (record.View, error) {
	for range decisions {
		v, err := a.decideWish(c, kind, reason, once)
		if !errors.Is(err, record.ErrConflict) {
			return v, err
		}
	}
	return record.View{}, fmt.Errorf("%s contract %s: %w", kind, c.r.PathValue("id"), record.ErrConflict)
}

// decideWish decides on the contract as it stands and has the wish written down for exactly that version. The sealed
// message of a new attempt is kept with it, before the signature service hears of anything.
func (a *api) decideWish(c call, kind record.WishKind, reason string, once record.Idempotency) (record.View, error) {
	v, err := c.contract()
	if err != nil {
		return record.View{}, err
	}
	who, err := c.standingOf(v)
	if err != nil {
		return record.View{}, err
	}
	w, no := grant(kind, v.Contract, who, a.now())
	if no != nil {
		return a.refusedBefore(c, v, kind, *no, once)
	}
	w.Reason = reason
	if w.Attempt != nil {
		sealed := auth.Sealed{Door: a.webhooks, Contract: v.ID, Attempt: w.Attempt.Number}
		if w.Attempt.Token, err = a.seal.Seal(sealed); err != nil {
			return record.View{}, fmt.Errorf("seal an attempt of contract %s: %w", v.ID, err)
		}
	}
	return c.record.Grant(c.r.Context(), v.ID, w, once)
}

// refusedBefore says no, unless this very request was granted before: then it gets its answer again, since it may
// be refused only because it has had its effect.
func (a *api) refusedBefore(c call, v record.View, kind record.WishKind, no refusal, once record.Idempotency) (record.View, error) {
	if once.Key != "" && !no.NotYours {
		kept, err := c.record.Grant(c.r.Context(), v.ID, record.Wish{Kind: kind, Version: neverVersion}, once)
		if !errors.Is(err, record.ErrConflict) {
			return kept, err
		}
	}
	if no.NotYours {
		return record.View{}, problem(http.StatusForbidden, "You cannot: "+no.Why+".")
	}
	who, err := c.standingOf(v)
	if err != nil {
		return record.View{}, err
	}
	return record.View{}, impossible(v, no.Why, actions(v.Contract, who, a.now()))
}

// impossible is the problem of asking for what cannot be done at this moment. It says how the contract stands and what
// could be done instead.
func impossible(v record.View, why string, can []string) function.Problem {
	detail := fmt.Sprintf("The contract is %s: %s.", v.Status, why)
	if len(can) > 0 {
		detail += " What is possible: " + strings.Join(can, ", ") + "."
	}
	return problem(http.StatusConflict, detail)
}
