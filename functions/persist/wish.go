package persist

import (
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Bounds of what comes with a wish, in characters.
const (
	reasonLimit = 500
	aboutLimit  = 200
)

// wishFaults says what is wrong with a wish before the contract is looked at.
func wishFaults(w persistclient.Action) []function.FieldError {
	var f faults
	if w.Attempt != nil {
		f.check("attempt.number", w.Attempt.Number > 0, "must be 1 or more")
		f.length("attempt.token", w.Attempt.Token, 1, 255)
	}
	f.length("about", w.About, 0, aboutLimit)
	f.length("cause", w.Cause, 0, causeLimit)
	if isCorrection(w) {
		f.form("signer", w.Signer, idForm)
		f.email("email", w.Email)
	}
	f.check("email", isCorrection(w) || w.Email == "" && w.Signer == "", "is only for correcting an address")
	f.check("reason", utf8.RuneCountInString(w.Reason) <= reasonLimit, "is longer than 500 characters")
	f.text("reason", w.Reason)
	return f
}

// fulfil derives what a wish makes of a contract as it stands: the move is legal or there is none, whatever the caller
// thought. It fails if the contract is no longer what the wish was decided on.
func fulfil(c contract.Contract, w persistclient.Action, who lifecycle.Relation, at time.Time) (lifecycle.Change, error) {
	if c.Version != w.Version {
		return lifecycle.Change{}, conflict(fmt.Sprintf("The contract has version %d by now.", c.Version))
	}
	asked := lifecycle.Request{Action: w.Kind, About: w.About, Cause: w.Cause, Signer: w.Signer}
	if w.Attempt != nil {
		asked.Attempt = w.Attempt.Number
	}
	n, err := lifecycle.Perform(c, asked, who, at)
	var no *lifecycle.Refusal
	switch {
	case errors.As(err, &no) && no.NotYours:
		return n, forbidden
	case errors.As(err, &no):
		return n, function.Problem{Type: persistclient.ImpossibleType, Status: http.StatusConflict, Title: "Conflict", Detail: no.Why}
	}
	return n, err
}

// wishFact is what is said when a wish was written down. Trying again is a due time that came early.
func wishFact(n lifecycle.Change, kind lifecycle.Action) events.Payload {
	s := events.Snapshot{Contract: n.After, Cause: wishEntry(kind)}
	if kind == lifecycle.Retry && !n.Moved {
		return events.ContractDue{Snapshot: s}
	}
	return lifecycle.Fact(n.Moved, s)
}

// wishEntry is what the history calls a wish.
func wishEntry(kind lifecycle.Action) string { return "action." + string(kind) }
