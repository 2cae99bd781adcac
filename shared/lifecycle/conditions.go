package lifecycle

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// condition is a question to a contract as it stands, with the words for it that the state diagram shows.
type condition struct {
	words string
	holds func(c contract.Contract, now time.Time) bool
}

// While a contract is prepared, a trouble may stop it: something was refused, and would be refused again. Later on
// none does: the signers go on signing.
var (
	undrawn = condition{"no document, nothing refused, no cancel wanted", func(c contract.Contract, _ time.Time) bool {
		return c.Document == nil && !stopped(c) && !c.CancelWanted
	}}
	drawnNotOpened = condition{"document drawn, attempt opening, nothing refused, no cancel wanted", func(c contract.Contract, _ time.Time) bool {
		return c.Document != nil && stateOf(c) == contract.Opening && !stopped(c) && !c.CancelWanted
	}}
	notificationsDue = condition{"notifications outstanding", func(c contract.Contract, now time.Time) bool {
		return len(notificationsToSend(c, now)) > 0
	}}
	signersAwaited = condition{"request open, no cancel wanted", func(c contract.Contract, _ time.Time) bool {
		return AtService(c) && !c.CancelWanted
	}}
	cancelAwaited = condition{"cancel wanted, attempt not settled", func(c contract.Contract, _ time.Time) bool {
		return c.CancelWanted && !c.Request.Settled()
	}}
	copiesMissing = condition{"signed copy, proof or notifications missing", func(c contract.Contract, _ time.Time) bool {
		return AtService(c) && !copiesDecided(c)
	}}
	requestLeftOpen = condition{"attempt not settled", func(c contract.Contract, _ time.Time) bool {
		return !c.Request.Settled()
	}}
	settledAtService = condition{"attempt settled", func(c contract.Contract, _ time.Time) bool {
		return AtService(c) && c.Request.Settled() && !lateCopies(c)
	}}
	lateCopiesMissing = condition{"everyone signed after the end, signed copy or proof missing", func(c contract.Contract, _ time.Time) bool {
		return AtService(c) && lateCopies(c)
	}}
)

// action is what a rule says: commands to others, or to orchestrate itself where the signature service has to be called, with
// the words for it that the state diagram shows.
type action struct {
	words    string
	commands func(c contract.Contract, now time.Time) []events.Payload
}

var (
	drawIt = action{"document.generate", func(c contract.Contract, _ time.Time) []events.Payload {
		return []events.Payload{events.GenerateDocument{Template: c.Template}}
	}}
	openRequest = action{"signature.open", func(c contract.Contract, _ time.Time) []events.Payload {
		return []events.Payload{events.OpenSignature{Attempt: Attempt(c)}}
	}}
	checkRequest = action{"signature.check", func(c contract.Contract, _ time.Time) []events.Payload {
		return []events.Payload{events.CheckSignature{Attempt: Attempt(c)}}
	}}
	cancelRequest = action{"signature.cancel", func(c contract.Contract, _ time.Time) []events.Payload {
		return []events.Payload{events.CancelSignature{Attempt: Attempt(c)}}
	}}
	writeNotifications = action{"mail.send", func(c contract.Contract, now time.Time) []events.Payload {
		var commands []events.Payload
		for _, l := range notificationsToSend(c, now) {
			commands = append(commands, events.SendMail{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient})
		}
		return commands
	}}
)

// Attempt is the number of the current attempt at the signature service, 0 if there is none. It tells commands of the
// current attempt from those of one that is over.
func Attempt(c contract.Contract) int {
	if c.Request == nil {
		return 0
	}
	return c.Request.Attempt
}

func stateOf(c contract.Contract) contract.AttemptState {
	if c.Request == nil {
		return ""
	}
	return c.Request.State
}

// AtService reports whether the signature service is known to have, or to have had, the request.
func AtService(c contract.Contract) bool { return c.Request != nil && c.Request.ID != "" }

// MayLook reports whether the signature service is still asked about this attempt: it holds it, it is the current one, and
// not everything that can come of it is kept.
func MayLook(c contract.Contract, attempt int) bool {
	return AtService(c) && Attempt(c) == attempt && c.Status != contract.Completed
}

// EveryoneSigned reports whether it is on record that the signers are done, or that the contract has ended without them.
func EveryoneSigned(c contract.Contract) bool { return c.Status == contract.Signed || c.Status.Final() }

// Correctable reports whether a signer's address can be corrected: e-mails to it are due or were sent.
func Correctable(c contract.Contract) bool {
	return c.Status == contract.Sent || c.Status == contract.Signed
}

// First is the status that every contract begins with.
const First = contract.Draft

// lateCopies reports whether everyone signed although the contract had ended, and not both documents are kept.
func lateCopies(c contract.Contract) bool {
	return c.Request != nil && c.Request.Signed && c.Status.Final() && c.Status != contract.Completed && (c.SignedCopy == nil || c.Proof == nil)
}

// MaySignNow reports whether it is this signer's turn: neither signed nor gone, and nobody before them is awaited.
func MaySignNow(c contract.Contract, signer string) bool {
	for _, s := range c.Signers {
		if s.ID == signer {
			return s.State == contract.Waiting || s.State == contract.Invited
		}
		if c.Ordered && s.State != contract.HasSigned {
			return false
		}
	}
	return false
}

// WhyNotSign says why this signer cannot sign at this moment, or "".
func WhyNotSign(c contract.Contract, signer string) string {
	s := c.Signer(signer)
	switch {
	case c.Status != contract.Sent || stateOf(c) != contract.Open:
		return "it does not wait for signatures"
	case c.CancelWanted:
		return "it is being cancelled"
	case s == nil:
		return "you are not one of its signers"
	case s.State == contract.HasSigned:
		return "you have signed it"
	case !MaySignNow(c, signer):
		return "it is not your turn"
	}
	return ""
}
