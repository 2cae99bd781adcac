package orchestrate

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// finding is what looking at the signature service brought: its answer with our signer ids, and the documents that
// were fetched and kept because of it.
type finding struct {
	State      events.SignatureState
	Signers    map[string]contract.Signer // those of whom the service said something
	SignedCopy *contract.Document
	Proof      *contract.Document
	Trouble    string
}

// outcome is what it means for a contract that waits for its signers if the signature service will wait no longer.
type outcome struct {
	State  events.SignatureState
	To     contract.Status
	Letter contract.LetterName // to the owner and to those who were invited
	Reason string
}

// outcomes is every answer that ends the waiting without everyone's signature.
var outcomes = []outcome{
	{events.SignatureDeclined, contract.Declined, contract.DeclinedNotice, "a signer declined"},
	{events.SignatureExpired, contract.Expired, contract.ExpiredNotice, "the deadline passed"},
	{events.SignatureCancelled, contract.Cancelled, contract.CancelledNotice, "the signature service cancelled it"},
}

// afterOpening says what follows once the signature service holds the request: the contract is sent, and whoever
// may sign is invited. persist makes the move only if the contract still stands where it stood.
func afterOpening(c contract.Contract, r contract.Request) events.SignatureOpened {
	said := events.SignatureOpened{Request: r}
	if said.Move = moveTo(c, contract.Sent, opened, "the signature service waits for the signers"); said.Move != nil {
		said.Letters = invitations(c)
	}
	return said
}

// afterChecking says what follows from what was found at the signature service.
func afterChecking(c contract.Contract, f finding, now time.Time) events.SignatureChecked {
	said := events.SignatureChecked{
		Attempt: attempt(c), State: f.State, SignedCopy: f.SignedCopy, Proof: f.Proof, Trouble: f.Trouble,
	}
	c = asFound(c, f)
	if len(f.Signers) > 0 {
		said.Signers = c.Signers
	}
	switch {
	case f.State == events.SignatureDone:
		said.Move, said.Letters = afterDone(c)
	case f.State == events.SignatureOngoing:
		said.Letters = whileOngoing(c, now)
	default:
		said.Move, said.Letters = afterEnding(c, f.State)
	}
	if said.Trouble == "" && said.Move == nil {
		said.Trouble = contradiction(c, f.State)
	}
	return said
}

// asFound is the contract with what was found laid over it. A signer whose turn it is counts as invited even where
// the service has not got that far.
func asFound(c contract.Contract, f finding) contract.Contract {
	if f.SignedCopy != nil {
		c.SignedCopy = f.SignedCopy
	}
	if f.Proof != nil {
		c.Proof = f.Proof
	}
	signers := make([]contract.Signer, len(c.Signers))
	for i, s := range c.Signers {
		if found, said := f.Signers[s.ID]; said && s.State != contract.HasSigned {
			s.State, s.SignedAt = found.State, found.SignedAt // an answer that was late never takes a signature back
		}
		signers[i] = s
	}
	c.Signers = signers
	for i, s := range c.Signers {
		if s.State == contract.Waiting && f.State == events.SignatureOngoing && maySignNow(c, s.ID) {
			c.Signers[i].State = contract.Invited
		}
	}
	return c
}

// afterDone moves the contract as soon as everyone signed, but mails copies only once both documents are on record:
// a letter that promises the signed copy must have it.
func afterDone(c contract.Contract) (*contract.Move, []contract.Letter) {
	move := moveTo(c, contract.Signed, checked+" done", "everyone signed")
	signed := move != nil || c.Status == contract.Signed
	if !signed || c.SignedCopy == nil || c.Proof == nil {
		return move, nil
	}
	return move, copies(c)
}

// whileOngoing are the letters of a contract that goes on waiting; none, if its owner wants it cancelled.
func whileOngoing(c contract.Contract, now time.Time) []contract.Letter {
	if c.Status != contract.Sent || c.CancelWanted {
		return nil
	}
	return append(invitations(c), dueReminders(c, now)...)
}

// afterEnding handles what ends the waiting without everyone's signature. A request that the service lost or gave
// up cannot be signed any more; that ends the contract only if its owner wanted that, otherwise a person must look.
func afterEnding(c contract.Contract, state events.SignatureState) (*contract.Move, []contract.Letter) {
	gone := state == events.SignatureFailed || state == events.SignatureNone
	if gone && c.CancelWanted {
		state = events.SignatureCancelled
	}
	for _, o := range outcomes {
		if o.State != state {
			continue
		}
		reason := o.Reason
		if o.To == contract.Cancelled && c.CancelWanted {
			reason = "its owner cancelled it"
		}
		move := moveTo(c, o.To, checked+" "+string(o.State), reason)
		if move == nil {
			return nil, nil
		}
		return move, notices(c, o.Letter)
	}
	return nil, nil
}

// contradiction says in words where record and signature service do not agree and nothing can follow by itself.
func contradiction(c contract.Contract, state events.SignatureState) string {
	switch {
	case state == events.SignatureFailed && !c.Status.Final():
		return "the signature service gave the request up"
	case state == events.SignatureNone && !c.Status.Final():
		return "the signature service knows no such request"
	case state == events.SignatureDone && c.Status.Final() && c.Status != contract.Completed:
		return "everyone signed at the signature service, after the contract had ended"
	case state != events.SignatureDone && c.Status == contract.Signed:
		return "the signature service does not say any more that everyone signed"
	}
	return ""
}
