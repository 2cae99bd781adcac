// Package lifecycle is the one home of the rules: which moves are legal, what a fact makes of a contract, what follows
// from it, when the contract is looked at again, and what people may ask. It is pure: no I/O, no clock, no randomness,
// so persist and orchestrate decide alike.
package lifecycle

import (
	"errors"
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// ErrImpossible says that a fact cannot be about this contract: it is refused, however often it comes.
var ErrImpossible = errors.New("this cannot be")

// step is a legal change of status and what causes it. What is not in moves cannot happen.
type step struct {
	From, To contract.Status
	Cause    string
}

// moves is every legal move. Nobody hands a status to persist: each is derived from a fact or an action by this table.
var moves = []step{
	{contract.Draft, contract.Preparing, "action.send"},
	{contract.Draft, contract.Cancelled, "action.cancel"},
	{contract.Preparing, contract.Cancelled, "action.cancel"},
	{contract.Preparing, contract.Sent, "signature.opened"},
	{contract.Preparing, contract.Cancelled, "attempt settled"},
	{contract.Preparing, contract.Signed, "signature.checked done"},
	{contract.Preparing, contract.Declined, "signature.checked declined"},
	{contract.Preparing, contract.Expired, "signature.checked expired"},
	{contract.Sent, contract.Signed, "signature.checked done"},
	{contract.Sent, contract.Declined, "signature.checked declined"},
	{contract.Sent, contract.Expired, "signature.checked expired"},
	{contract.Sent, contract.Cancelled, "signature.checked cancelled"},
	{contract.Sent, contract.Cancelled, "attempt settled"},
	{contract.Signed, contract.Completed, "every copy mailed"},
}

// Legal reports whether any cause moves a contract from one status to the other.
func Legal(from, to contract.Status) bool {
	return slices.ContainsFunc(moves, func(s step) bool { return s.From == from && s.To == to })
}

// move changes the status for this cause if the table has such a move, and reports whether it did.
func move(c *contract.Contract, to contract.Status, cause string) bool {
	if !slices.Contains(moves, step{c.Status, to, cause}) {
		return false
	}
	c.Status = to
	return true
}

// The news that a decision may hang on: the type of the fact or the kind of the action that was written down last, or
// that the contract's time came.
const (
	timeCame       = "contract.due"
	sendAsked      = "action.send"
	remindAsked    = "action.remind"
	cancelAsked    = "action.cancel"
	retryAsked     = "action.retry"
	sendAgainAsked = "action.send_again"
	setAsideAsked  = "action.set_aside"
	correctAsked   = "action.correct_address"
	documentDrawn  = "document.generated"
	drawingRefused = "document.refused"
	opened         = "signature.opened"
	checked        = "signature.checked"
	failed         = "signature.failed"
	reported       = "signature.reported"
	mailSent       = "mail.sent"
	mailFailed     = "mail.failed"
	mailRefused    = "mail.refused"
)

// allCauses lists every news that can reach orchestrate; the state diagram and the table test range over it.
var allCauses = []string{
	sendAsked, remindAsked, cancelAsked, sendAgainAsked, setAsideAsked, correctAsked, documentDrawn, drawingRefused,
	opened, checked, failed, reported, mailSent, mailFailed, mailRefused, timeCame,
}

// rule says what follows: in one of these statuses, on one of these news, if the condition holds of the contract.
type rule struct {
	In   []contract.Status
	On   []string
	When condition
	Then action
}

// rules is everything that a contract fact sets going. No rule, nothing follows. A rule that hangs on news which it
// causes itself would go round for ever; so only timeCame repeats what had no effect, as often as persist lets it.
var rules = []rule{
	{in(contract.Preparing), on(sendAsked, timeCame), undrawn, drawIt},
	{in(contract.Preparing), on(documentDrawn, timeCame), drawnNotOpened, openRequest},
	{in(contract.Preparing, contract.Sent), on(cancelAsked, opened, reported, timeCame), cancelAwaited, cancelRequest},
	{in(contract.Sent), on(opened, checked, remindAsked, sendAgainAsked, correctAsked, timeCame), notificationsDue, writeNotifications},
	{in(contract.Sent), on(reported, timeCame), signersAwaited, checkRequest},
	{in(contract.Signed), on(checked, sendAgainAsked, correctAsked, timeCame), notificationsDue, writeNotifications},
	{in(contract.Signed), on(reported, timeCame), copiesMissing, checkRequest},
	{in(contract.Completed), on(timeCame), notificationsDue, writeNotifications}, // nobody waits for them: it is asked what became of one
	{ended, on(checked, failed, sendAgainAsked, timeCame), notificationsDue, writeNotifications},
	{ended, on(opened, cancelAsked, reported, timeCame), requestLeftOpen, cancelRequest},
	{ended, on(reported, timeCame), lateCopiesMissing, checkRequest},
	{ended, on(reported), settledAtService, checkRequest},
}

// ended is every final status in which something may be left to do.
var ended = in(contract.Declined, contract.Expired, contract.Cancelled)

// in and on make the rules read as sentences.
func in(s ...contract.Status) []contract.Status { return s }
func on(cause ...string) []string               { return cause }

// Decide returns the commands that follow from news of a contract as it stands. It looks at nothing else, so the
// same fact decides the same thing however often it is received.
func Decide(c contract.Contract, cause string, now time.Time) []events.Payload {
	if cause == retryAsked {
		cause = timeCame // a person who asks to try again is a due time that came early
	}
	var commands []events.Payload
	for _, r := range rules {
		if slices.Contains(r.In, c.Status) && slices.Contains(r.On, cause) && r.When.holds(c, now) {
			commands = append(commands, r.Then.commands(c, now)...)
		}
	}
	return commands
}
