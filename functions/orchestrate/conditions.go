package orchestrate

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

// While a contract is prepared, attention means that something was refused, and it would be refused again: nothing
// follows until a person asks to retry. Later on, attention stops nothing: the signers go on signing.
var (
	undrawn = condition{"no document, nothing refused", func(c contract.Contract, _ time.Time) bool {
		return c.Document == nil && c.Attention == ""
	}}
	drawnNotOpened = condition{"document drawn, no request, nothing refused", func(c contract.Contract, _ time.Time) bool {
		return c.Document != nil && !atService(c) && c.Attention == ""
	}}
	lettersDue = condition{"letters outstanding", func(c contract.Contract, _ time.Time) bool {
		return len(toWrite(c)) > 0
	}}
	signersAwaited = condition{"no cancel wanted", func(c contract.Contract, _ time.Time) bool {
		return atService(c) && !c.CancelWanted
	}}
	cancelAwaited = condition{"cancel wanted", func(c contract.Contract, _ time.Time) bool {
		return atService(c) && c.CancelWanted
	}}
	copiesMissing = condition{"signed copy, proof or letters missing", func(c contract.Contract, _ time.Time) bool {
		return atService(c) && !copiesDecided(c)
	}}
	copiesMailed = condition{"signed copy and proof kept, every copy mailed", func(c contract.Contract, _ time.Time) bool {
		return copiesDecided(c) && everyCopySent(c)
	}}
	requestLeftOpen = condition{"request still open", func(c contract.Contract, _ time.Time) bool {
		return atService(c) && !c.Request.Closed
	}}
)

// action is what a rule says: commands to others, or to ourselves where the signature service has to be called, with the words for it that the state diagram shows.
type action struct {
	words    string
	commands func(c contract.Contract) []events.Payload
}

var (
	drawIt = action{"document.generate", func(c contract.Contract) []events.Payload {
		return []events.Payload{events.GenerateDocument{Template: c.Template}}
	}}
	openRequest = action{"signature.open", func(c contract.Contract) []events.Payload {
		return []events.Payload{events.OpenSignature{Attempt: attempt(c)}}
	}}
	checkRequest = action{"signature.check", func(c contract.Contract) []events.Payload {
		return []events.Payload{events.CheckSignature{Attempt: attempt(c)}}
	}}
	cancelRequest = action{"signature.cancel", func(c contract.Contract) []events.Payload {
		return []events.Payload{events.CancelSignature{Attempt: attempt(c)}}
	}}
	writeLetters = action{"mail.send", func(c contract.Contract) []events.Payload {
		var said []events.Payload
		for _, l := range toWrite(c) {
			said = append(said, events.SendMail{Letter: l.Name, Occasion: l.Occasion, Recipient: l.Recipient})
		}
		return said
	}}
	complete = action{"contract.move to completed", func(c contract.Contract) []events.Payload {
		m := moveTo(c, contract.Completed, "every copy mailed", "signed copy and proof are kept, every copy was mailed")
		return []events.Payload{events.MoveContract{Move: *m}}
	}}
)

// attempt tells commands of the current try at the signature service from those of one that is over. It is the number of the current attempt, 0 if there is none on record.
func attempt(c contract.Contract) int {
	if c.Request == nil {
		return 0
	}
	return c.Request.Attempt
}

// atService reports whether the signature service is known to hold the request.
func atService(c contract.Contract) bool { return c.Request != nil && c.Request.ID != "" }

// maySignNow reports whether it is this signer's turn: neither signed nor gone, and nobody before them is awaited.
func maySignNow(c contract.Contract, signer string) bool {
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
