package persist

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

// wishFaults says what is wrong with a wish before the contract is looked at.
func wishFaults(w record.Wish) []function.FieldError {
	var f faults
	switch w.Kind {
	case record.Send, record.Remind, record.Cancel, record.Retry:
	default:
		f.add("kind", "is not one of send, remind, cancel, retry")
	}
	if w.Attempt != nil {
		f.check("attempt.number", w.Attempt.Number > 0, "must be 1 or more")
		f.length("attempt.token", w.Attempt.Token, 1, 255)
	}
	f.check("reason", utf8.RuneCountInString(w.Reason) <= wordsLimit, "is longer than 500 characters")
	f.text("reason", w.Reason)
	return f
}

// fulfil applies a granted wish to a contract as it stands. It fails if the contract is no longer what the wish was
// granted for.
func fulfil(c contract.Contract, w record.Wish, at time.Time) (change, error) {
	if c.Version != w.Version {
		return change{}, conflict(fmt.Sprintf("The contract has version %d by now.", c.Version))
	}
	if w.Move != nil && w.Move.From != c.Status {
		return change{}, conflict(fmt.Sprintf("The contract is %s by now.", c.Status))
	}
	after := clone(c)
	if w.Kind == record.Retry {
		after.Attention = ""
		for i := range after.Letters {
			after.Letters[i].Refused = ""
		}
	}
	if w.Attempt != nil {
		if c.Request != nil && w.Attempt.Number <= c.Request.Attempt {
			return change{}, conflict(fmt.Sprintf("Attempt %d was made already.", w.Attempt.Number))
		}
		after.Request = &contract.Request{Attempt: w.Attempt.Number}
	}
	after.CancelWanted = after.CancelWanted || w.Cancel
	move(&after, w.Move, w.Letters, at)
	after.Version, after.UpdatedAt = c.Version+1, at
	return change{After: after, Moved: after.Status != c.Status, Written: true}, nil
}

// wishFact is what is said when a wish was written down. Trying again is a due time that came early.
func wishFact(n change, kind record.WishKind) events.Payload {
	s := events.Snapshot{Contract: n.After, News: "wish." + string(kind)}
	if kind == record.Retry && !n.Moved {
		return events.ContractDue{Snapshot: s}
	}
	return factOf(n.Moved, s)
}
