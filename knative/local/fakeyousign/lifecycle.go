package fakeyousign

import (
	"time"
)

// linkLife is how long a signature_link opens the page.
const linkLife = 48 * time.Hour

// activate hands the request to its signers. Whoever may sign at once is notified; the others wait if it is ordered.
func (s *Service) activate(r *request) error {
	if r.Status != stateDraft {
		return wrongState(r, "activated")
	}
	if err := ready(r); err != nil {
		return err
	}
	r.Status, r.ActivatedAt = stateOngoing, second(s.o.Now())
	s.tell(r, "signature_request.activated", nil)
	s.notify(r)
	return nil
}

// ready says why a draft cannot be activated, or nil.
func ready(r *request) error {
	signable := false
	for _, d := range r.Documents {
		signable = signable || d.Nature == natureSignable
	}
	switch {
	case !signable:
		return badState("standin.not_activable", "The signature request has no signable document.")
	case len(r.Signers) == 0:
		return badState("standin.not_activable", "The signature request has no signer.")
	}
	for _, g := range r.Signers {
		if len(r.fields(g)) == 0 {
			return badState("standin.not_activable", "The signer "+g.ID+" has no signature field.")
		}
	}
	return nil
}

// notify invites whoever may sign and was not invited yet.
func (s *Service) notify(r *request) {
	for _, g := range r.Signers {
		if g.Status == signerInitiated {
			g.Status = signerNotified
			s.renew(g)
			s.tell(r, "signer.notified", g)
		}
		if r.Ordered && g.Status != signerSigned {
			return
		}
	}
}

// renew gives a signer a link if there is none that still opens.
func (s *Service) renew(g *signer) {
	if now := s.o.Now(); g.Link.Secret == "" || !now.Before(g.Link.Expires) {
		g.Link = link{Secret: secret(), Expires: second(now.Add(linkLife))}
	}
}

// signed notes that one signer signed, and what follows for the request.
func (s *Service) signed(r *request, g *signer) {
	now := second(s.o.Now())
	g.Status, g.SignedAt, g.Code = signerSigned, now, code{}
	s.tell(r, "signer.done", g)
	for _, other := range r.Signers {
		if other.Status != signerSigned {
			s.notify(r)
			return
		}
	}
	r.Status, r.CompletedAt = stateDone, now
	s.tell(r, "signature_request.done", nil)
}

// decline ends the request for everybody. Without signers_allowed_to_decline it is refused, as it is by default.
func (s *Service) decline(r *request, g *signer, reason string) error {
	if !r.MayDecline {
		return badState("standin.decline_not_allowed", "Signers may not decline this signature request.")
	}
	r.Decline = &decline{SignerID: g.ID, Reason: reason, DeclinedAt: second(s.o.Now())}
	r.Status = stateDeclined
	g.Status, g.Code = signerDeclined, code{}
	abort(r)
	s.tell(r, "signature_request.declined", g)
	return nil
}

// expire leaves the signers as they are: the request may be reactivated.
func (s *Service) expire(r *request) {
	r.Status = stateExpired
	s.tell(r, "signature_request.expired", nil)
}

// cancel withdraws a request; nothing brings it back.
func (s *Service) cancel(r *request, reason string) error {
	if r.Status != stateOngoing {
		return wrongState(r, "canceled")
	}
	r.Status, r.Canceled = stateCanceled, reason
	abort(r)
	s.tell(r, "signature_request.canceled", nil)
	return nil
}

// fail gives a signer up, which cancels the request: what the service does when a document turns out unusable.
func (s *Service) fail(r *request, g *signer) error {
	if r.Status != stateOngoing {
		return wrongState(r, "given up")
	}
	g.Status = signerError
	s.tell(r, "signer.error", g)
	return s.cancel(r, "signer.error")
}

// reactivate lets an expired request go on until another day.
func (s *Service) reactivate(r *request, expires time.Time) error {
	if r.Status != stateExpired {
		return wrongState(r, "reactivated")
	}
	r.Status, r.Expires = stateOngoing, expires
	s.tell(r, "signature_request.reactivated", nil)
	return nil
}

// abort ends the part of everyone who has not finished.
func abort(r *request) {
	for _, g := range r.Signers {
		switch g.Status {
		case signerInitiated, signerNotified, signerProcessing:
			g.Status, g.Code = signerAborted, code{}
		}
	}
}
