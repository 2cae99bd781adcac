package model

import (
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// Lifecycle changes the state of requests, and emits an event for each change.
type Lifecycle struct {
	Now  func() time.Time
	Emit func(r *Request, event string, g *Signer)
}

// LinkLife is how long a signature_link opens the page.
const LinkLife = 48 * time.Hour

// Activate hands the request to its signers. Whoever may sign at once is notified; the others wait if it is ordered.
func (l *Lifecycle) Activate(r *Request) error {
	if r.Status != StateDraft {
		return wire.WrongState(r.Status, "activated")
	}
	if err := ready(r); err != nil {
		return err
	}
	r.Status, r.ActivatedAt = StateOngoing, Second(l.Now())
	l.Emit(r, "signature_request.activated", nil)
	l.notify(r)
	return nil
}

// ready returns why a draft cannot be activated, or nil.
func ready(r *Request) error {
	signable := false
	for _, d := range r.Documents {
		signable = signable || d.Nature == NatureSignable
	}
	switch {
	case !signable:
		return wire.BadState("standin.not_activable", "The signature request has no signable document.")
	case len(r.Signers) == 0:
		return wire.BadState("standin.not_activable", "The signature request has no signer.")
	}
	for _, g := range r.Signers {
		if len(r.Fields(g)) == 0 {
			return wire.BadState("standin.not_activable", "The signer "+g.ID+" has no signature field.")
		}
	}
	return nil
}

// notify notifies whoever may sign and was not notified yet.
func (l *Lifecycle) notify(r *Request) {
	for _, g := range r.Signers {
		if g.Status == SignerInitiated {
			g.Status = SignerNotified
			l.Renew(g)
			l.Emit(r, "signer.notified", g)
		}
		if r.Ordered && g.Status != SignerSigned {
			return
		}
	}
}

// Renew gives a signer a link if there is none that still opens.
func (l *Lifecycle) Renew(g *Signer) {
	if now := l.Now(); g.Link.Secret == "" || !now.Before(g.Link.Expires) {
		g.Link = link{Secret: wire.Secret(), Expires: Second(now.Add(LinkLife))}
	}
}

// Signed records that a signer signed: the next one is notified, or the request is done.
func (l *Lifecycle) Signed(r *Request, g *Signer) {
	now := Second(l.Now())
	g.Status, g.SignedAt, g.Code = SignerSigned, now, Code{}
	l.Emit(r, "signer.done", g)
	for _, other := range r.Signers {
		if other.Status != SignerSigned {
			l.notify(r)
			return
		}
	}
	r.Status, r.CompletedAt = StateDone, now
	l.Emit(r, "signature_request.done", nil)
}

// Decline ends the request for everybody. Without signers_allowed_to_decline it is refused, as it is by default.
func (l *Lifecycle) Decline(r *Request, g *Signer, reason string) error {
	if !r.MayDecline {
		return wire.BadState("standin.decline_not_allowed", "Signers may not decline this signature request.")
	}
	r.Decline = &decline{SignerID: g.ID, Reason: reason, DeclinedAt: Second(l.Now())}
	r.Status = stateDeclined
	g.Status, g.Code = SignerDeclined, Code{}
	abort(r)
	l.Emit(r, "signature_request.declined", g)
	return nil
}

// Expire leaves the signers as they are: the request may be reactivated.
func (l *Lifecycle) Expire(r *Request) {
	r.Status = stateExpired
	l.Emit(r, "signature_request.expired", nil)
}

// Cancel withdraws a request; nothing brings it back.
func (l *Lifecycle) Cancel(r *Request, reason string) error {
	if r.Status != StateOngoing {
		return wire.WrongState(r.Status, "canceled")
	}
	r.Status, r.Canceled = stateCanceled, reason
	abort(r)
	l.Emit(r, "signature_request.canceled", nil)
	return nil
}

// Fail marks a signer as failed, which cancels the request: what the service does when a document turns out unusable.
func (l *Lifecycle) Fail(r *Request, g *Signer) error {
	if r.Status != StateOngoing {
		return wire.WrongState(r.Status, "given up")
	}
	g.Status = SignerError
	l.Emit(r, "signer.error", g)
	return l.Cancel(r, "signer.error")
}

// Reactivate lets an expired request go on until another day.
func (l *Lifecycle) Reactivate(r *Request, expires time.Time) error {
	if r.Status != stateExpired {
		return wire.WrongState(r.Status, "reactivated")
	}
	r.Status, r.Expires = StateOngoing, expires
	l.Emit(r, "signature_request.reactivated", nil)
	return nil
}

// abort marks everyone who has not finished as aborted.
func abort(r *Request) {
	for _, g := range r.Signers {
		switch g.Status {
		case SignerInitiated, SignerNotified, SignerProcessing:
			g.Status, g.Code = signerAborted, Code{}
		}
	}
}
