package contracts

import (
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// authorize derives what an action makes of a contract as it stands: the move is legal or there is none, whatever the caller
// thought. It fails if the contract is no longer what the action was decided on.
func authorize(c contract.Contract, w persistclient.Action, who lifecycle.Relation, at time.Time) (lifecycle.Change, error) {
	if c.Version != w.Version {
		return lifecycle.Change{}, problem.Conflict(fmt.Sprintf("The contract has version %d by now.", c.Version))
	}
	asked := lifecycle.Request{Action: w.Kind, About: w.About, Cause: w.Cause, Signer: w.Signer}
	if w.Attempt != nil {
		asked.Attempt = w.Attempt.Number
	}
	n, err := lifecycle.Perform(c, asked, who, at)
	var no *lifecycle.Refusal
	switch {
	case errors.As(err, &no) && no.NotYours:
		return n, problem.Forbidden
	case errors.As(err, &no):
		return n, problem.Impossible(no.Why)
	}
	return n, err
}

// actionFact is what is published when an action was written down. Trying again is a due time that came early.
func actionFact(n lifecycle.Change, kind lifecycle.Action) events.Payload {
	s := events.Snapshot{Contract: n.After, Cause: actionEntry(kind)}
	if kind == lifecycle.Retry && !n.Moved {
		return events.ContractDue{Snapshot: s}
	}
	return lifecycle.Fact(n.Moved, s)
}

// actionEntry is what the history calls an action.
func actionEntry(kind lifecycle.Action) string { return "action." + string(kind) }

// actionDetail is what the history tells of an action. A person's own words may be personal: the chain holds a salted
// digest of them, and the words stand where they can be erased.
func actionDetail(a request, after contract.Contract, salt []byte) map[string]any {
	action := a.action
	detail := map[string]any{"status": after.Status}
	if action.Attempt != nil {
		detail["attempt"] = action.Attempt.Number
	}
	if action.About != "" {
		detail["about"] = action.About
	}
	if action.Cause != "" {
		detail["cause"] = action.Cause
	}
	if after.CancelWanted {
		detail["cancel_wanted"] = true
	}
	if isCorrection(action) {
		addCorrection(detail, action, a.was, salt)
	}
	if action.Reason != "" {
		detail["words_sha256"] = history.Digest(append(salt[:len(salt):len(salt)], action.Reason...))
	}
	return detail
}
