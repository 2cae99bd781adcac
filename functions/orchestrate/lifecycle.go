package orchestrate

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// step is a legal change of status and what causes it. What is not in moves cannot happen.
type step struct {
	From, To contract.Status
	Cause    string
}

// moves is every legal move.
var moves = []step{
	{contract.Draft, contract.Preparing, "wish.send"},
	{contract.Draft, contract.Cancelled, "wish.cancel"},
	{contract.Preparing, contract.Cancelled, "wish.cancel"},
	{contract.Preparing, contract.Sent, "signature.opened"},
	{contract.Sent, contract.Signed, "signature.checked done"},
	{contract.Sent, contract.Declined, "signature.checked declined"},
	{contract.Sent, contract.Expired, "signature.checked expired"},
	{contract.Sent, contract.Cancelled, "signature.checked cancelled"},
	{contract.Signed, contract.Completed, "every copy mailed"},
}

// The news that a decision may hang on, by the type of the fact or the kind of the wish that persist names in a
// snapshot: what was written down last, or that the contract's time came.
const (
	timeCame       = "contract.due"
	sendWished     = "wish.send"
	remindWished   = "wish.remind"
	cancelWished   = "wish.cancel"
	retryWished    = "wish.retry"
	documentDrawn  = "document.generated"
	drawingRefused = "document.refused"
	opened         = "signature.opened"
	checked        = "signature.checked"
	reported       = "signature.reported"
	mailSent       = "mail.sent"
	mailRefused    = "mail.refused"
	moved          = "contract.move"
)

// allNews lists every news that can reach orchestrate; the state diagram and the table test range over it.
var allNews = []string{
	sendWished, remindWished, cancelWished, documentDrawn, drawingRefused,
	opened, checked, reported, mailSent, mailRefused, moved, timeCame,
}

// rule says what follows: in one of these statuses, on one of these news, if the condition holds of the contract.
type rule struct {
	In   []contract.Status
	On   []string
	When condition
	Says action
}

// rules is everything that a contract fact sets going. No rule, nothing follows. A rule that hangs on news which it
// causes itself would go round for ever; so only timeCame repeats what had no effect, as often as persist lets it.
var rules = []rule{
	{in(contract.Preparing), on(sendWished, timeCame), undrawn, drawIt},
	{in(contract.Preparing), on(documentDrawn, timeCame), drawnNotOpened, openRequest},
	{in(contract.Sent), on(opened, checked, remindWished, timeCame), lettersDue, writeLetters},
	{in(contract.Sent), on(reported, timeCame), signersAwaited, checkRequest},
	{in(contract.Sent), on(cancelWished, timeCame), cancelAwaited, cancelRequest},
	{in(contract.Signed), on(checked, timeCame), lettersDue, writeLetters},
	{in(contract.Signed), on(reported, timeCame), copiesMissing, checkRequest},
	{in(contract.Signed), on(mailSent, checked, timeCame), copiesMailed, complete},
	{ended, on(checked, timeCame), lettersDue, writeLetters},
	{ended, on(opened, cancelWished, timeCame), requestLeftOpen, cancelRequest},
}

// ended is every final status in which something may be left to do.
var ended = in(contract.Declined, contract.Expired, contract.Cancelled)

// in and on make the rules read as sentences.
func in(s ...contract.Status) []contract.Status { return s }
func on(news ...string) []string                { return news }

// decide returns the commands that follow from news of a contract as it stands. It looks at nothing else, so the
// same fact decides the same thing however often it is heard.
func decide(c contract.Contract, news string, now time.Time) []events.Payload {
	if news == retryWished {
		news = timeCame // a person who asks to try again is a due time that came early
	}
	var said []events.Payload
	for _, r := range rules {
		if slices.Contains(r.In, c.Status) && slices.Contains(r.On, news) && r.When.holds(c, now) {
			said = append(said, r.Says.commands(c)...)
		}
	}
	return said
}

// moveTo is the only place where a move is made. It returns the move of c to a status for this cause, or nil if there is no such legal move.
func moveTo(c contract.Contract, to contract.Status, cause, reason string) *contract.Move {
	if !slices.Contains(moves, step{c.Status, to, cause}) {
		return nil
	}
	return &contract.Move{From: c.Status, To: to, Reason: reason}
}
