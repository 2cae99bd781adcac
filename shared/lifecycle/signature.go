package lifecycle

import (
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// outcome is what it means for a contract that waits for its signers if the signature service will wait no longer.
type outcome struct {
	To           contract.Status
	Notification contract.NotificationKind // to the owner and to those who were invited
}

// outcomes is every answer that ends the waiting without everyone's signature.
var outcomes = map[events.SignatureState]outcome{
	events.SignatureDeclined:  {contract.Declined, contract.DeclinedNotice},
	events.SignatureExpired:   {contract.Expired, contract.ExpiredNotice},
	events.SignatureCancelled: {contract.Cancelled, contract.CancelledNotice},
}

// applyOpened notes that the signature service holds the request: the contract is sent, and whoever may sign is
// invited. A second request for the same contract is a matter for people: somebody could sign it.
func applyOpened(c *contract.Contract, attempts map[int]AttemptOnRecord, f events.SignatureOpened, at time.Time) error {
	if _, known := attempts[f.Attempt]; !known {
		return fmt.Errorf("%w: attempt %d of contract %s is not on record", ErrImpossible, f.Attempt, c.ID)
	}
	r := c.Request
	if r == nil || r.Attempt != f.Attempt || r.ID != "" && r.ID != f.ID {
		trouble(c, contract.Trouble{About: AboutSignature, Cause: CauseSecondRequest, Detail: f.ID}, at)
		return nil
	}
	if r.ID != "" {
		return nil
	}
	r.ID, r.Signers, r.State = f.ID, f.Signers, contract.Open
	over(c, AboutSignature)
	if !c.CancelWanted && move(c, contract.Sent, opened) {
		c.SentAt = at
		addNotifications(c, invitations(*c))
	}
	return nil
}

// applyChecked notes what the signature service answered about the current attempt. The first signed copy and proof
// stay: notifications with them may be out.
func applyChecked(c *contract.Contract, f events.SignatureChecked, at time.Time) {
	r := c.Request
	if r == nil || r.Attempt != f.Attempt {
		return
	}
	r.NotFoundSince = time.Time{}
	applySigners(c, f)
	if c.SignedCopy == nil {
		c.SignedCopy = f.SignedCopy
	}
	if c.Proof == nil {
		c.Proof = f.Proof
	}
	if c.SignedCopy != nil && c.Proof != nil {
		over(c, AboutCopies)
	}
	switch f.State {
	case events.SignatureDone:
		applyDone(c, at)
	case events.SignatureOngoing:
		applyOngoing(c, at)
	case events.SignatureDeclined, events.SignatureExpired, events.SignatureCancelled:
		applyEnding(c, f.State, at)
	case events.SignatureNone:
		applyGone(c, CauseGone, at)
	case events.SignatureGivenUp:
		applyGone(c, CauseGivenUp, at)
	}
}

// applySigners never takes a signature or a refusal back because of an answer that was late. Whose turn it is counts
// as invited even where the service has not got that far.
func applySigners(c *contract.Contract, f events.SignatureChecked) {
	for _, s := range f.Signers {
		if known := c.Signer(s.ID); known != nil && known.State != contract.HasSigned && known.State != contract.HasDeclined {
			if s.State == contract.Waiting && known.State == contract.Invited {
				continue
			}
			*known = s
		}
	}
}

// applyDone moves the contract as soon as everyone signed, but mails copies only once both documents are on record: a
// notification that promises the signed copy must have it. A contract that had ended stays ended, and everyone is told.
func applyDone(c *contract.Contract, at time.Time) {
	closeRequest(c)
	c.Request.Signed = true
	move(c, contract.Signed, checked+" done")
	if c.SignedCopy == nil || c.Proof == nil {
		return
	}
	switch {
	case c.Status == contract.Signed:
		addNotifications(c, copies(*c))
	case c.Status != contract.Completed && c.Notification(contract.LateSignature, contract.ToOwner) == nil:
		trouble(c, contract.Trouble{About: AboutSignature, Cause: CauseSignedLate}, at)
		addNotifications(c, toEveryone(*c, contract.LateSignature))
	}
}

// applyOngoing goes on waiting. A contract that has ended, or is to be cancelled, has a request left to withdraw.
func applyOngoing(c *contract.Contract, at time.Time) {
	if c.Request.Signed {
		trouble(c, contract.Trouble{About: AboutSignature, Cause: CauseNotSignedAgain}, at)
		return
	}
	over(c, AboutSignature)
	c.Request.State = contract.Open
	if c.Status == contract.Sent && !c.CancelWanted {
		addNotifications(c, append(invitations(*c), dueReminders(*c, at)...))
	}
}

// applyEnding handles the service's word that the waiting is over without everyone's signature.
func applyEnding(c *contract.Contract, state events.SignatureState, at time.Time) {
	if c.Request.Signed {
		trouble(c, contract.Trouble{About: AboutSignature, Cause: CauseNotSignedAgain}, at)
		return
	}
	closeRequest(c)
	o := outcomes[state]
	if move(c, o.To, checked+" "+string(state)) || state == events.SignatureCancelled && move(c, contract.Cancelled, settled) {
		addNotifications(c, notices(*c, o.Notification))
	}
}

// settled is the cause of a cancellation that waited until nobody could sign any more.
const settled = "attempt settled"

// applyGone handles that the service has nothing of this attempt, which was made sure of, or gave it up. It cannot be
// signed any more; that ends the contract only if its owner wanted that, otherwise a person must look.
func applyGone(c *contract.Contract, cause string, at time.Time) {
	if c.Request.Signed {
		return // it was deleted there after everyone had signed: what is kept here counts
	}
	closeRequest(c)
	if c.CancelWanted && move(c, contract.Cancelled, settled) {
		addNotifications(c, notices(*c, contract.CancelledNotice))
		return
	}
	if !c.Status.Final() {
		trouble(c, contract.Trouble{About: AboutSignature, Cause: cause, Stops: c.Status == contract.Preparing}, at)
	}
}

// closeRequest notes that the service will change nothing more about the current attempt.
func closeRequest(c *contract.Contract) {
	over(c, AboutSignature)
	c.Request.State = contract.Closed
	if c.Request.ID == "" {
		c.Request.State = contract.NeverOpened
	}
}

// applyFailed notes what could not be done at the service. It says nothing about the request, unless it is over.
func applyFailed(c *contract.Contract, f events.SignatureFailed, at time.Time) {
	r := c.Request
	if r == nil || r.Attempt != f.Attempt {
		return
	}
	if f.Over {
		if r.ID != "" || r.Settled() {
			return
		}
		applyGone(c, f.Cause, at)
	}
	if f.Cause == CauseNotFound && r.NotFoundSince.IsZero() {
		r.NotFoundSince = at
	}
	if c.Status == contract.Cancelled && r.Settled() {
		return
	}
	about := AboutSignature
	if f.Act == "fetch" {
		about = AboutCopies
	}
	trouble(c, contract.Trouble{About: about, Cause: f.Cause, Detail: f.Detail, Ours: f.Ours, Stops: f.Over && c.Status == contract.Preparing}, at)
}
