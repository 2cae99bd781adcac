package yousign

import (
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// complete reports whether the request has one document to sign and this number of signers.
func (r wireRequest) complete(people int) bool {
	return len(r.Documents) == 1 && r.Documents[0].Nature == signableDocument && len(r.Signers) == people
}

// adopt takes over a request that was activated before, whatever became of it since. One of other people than the
// order's is ended: Open never returned it, so nobody was given a link.
func (w *opening) adopt(ctx context.Context, r wireRequest) (signing.Opened, error) {
	if _, err := r.state(); err != nil {
		return signing.Opened{}, err
	}
	if !r.complete(len(w.order.People)) {
		return signing.Opened{}, w.replace(ctx, r)
	}
	if known := w.parts.of(r.ID); known.cover(r.Signers) {
		return signing.Opened{RequestID: r.ID, Signers: known.signers}, nil
	}
	signers, err := w.signers(ctx, r.ID)
	if err != nil {
		return signing.Opened{}, unsure(err)
	}
	ours, all := match(w.order.People, signers)
	if !all {
		return signing.Opened{}, w.disown(ctx, r)
	}
	return signing.Opened{RequestID: r.ID, Signers: ours}, nil
}

// replace removes a request that was activated with too much in it, so that a new one is made: two writers can add
// the same signer in the same moment, and the service has no way to forbid it. What was signed or ended otherwise
// meanwhile is left to a person. Its error is never nil.
func (w *opening) replace(ctx context.Context, r wireRequest) error {
	after, err := w.end(ctx, r, "made twice")
	if err == nil && after.Status != wireCanceled {
		err = fmt.Errorf("request %s is not what was ordered, and is %s", r.ID, plain(after.Status))
	}
	if err == nil {
		err = w.remove(ctx, r.ID)
	}
	if err == nil || rejected(err) || errors.Is(err, signing.ErrUnknown) {
		return errOvertaken
	}
	return err
}

// disown ends a request of other people. Its error is never nil, and a Rejected only once the request is cancelled.
func (w *opening) disown(ctx context.Context, r wireRequest) error {
	after, err := w.end(ctx, r, "not what was ordered")
	switch {
	case err != nil:
		return unsure(err)
	case after.Status != wireCanceled:
		return fmt.Errorf("request %s has other signers than the order, and is %s", r.ID, plain(after.Status))
	}
	return signing.Rejected{Type: "paraphe.mismatch", Detail: "request " + r.ID + " has other signers than the order"}
}

// giveUp deletes the draft of an order that the service will never take, or that is not the order, so that no
// document stays there for nothing. Only once it is deleted is the refusal told. If the draft is gone or active,
// somebody else made it so, and the refusal came from that. Its error is never nil.
func (w *opening) giveUp(ctx context.Context, id string, cause error) error {
	misfit := errors.Is(cause, errMisfit)
	switch {
	case errors.Is(cause, signing.ErrUnknown):
		return errOvertaken
	case id == "" || !misfit && !rejected(cause):
		return cause
	}
	r, err := w.request(ctx, id)
	switch {
	case err == nil && r.Status == wireDraft:
		err = w.remove(ctx, id)
	case err == nil && r.Status == wireDeleted:
		err = errOvertaken
	case err == nil:
		w.next, err = id, errOvertaken
	}
	switch {
	case errors.Is(err, signing.ErrUnknown), errors.Is(err, errOvertaken), rejected(err), err == nil && misfit:
		return errOvertaken
	case err != nil: // the meaning of the refusal is taken away: something of the order is left
		return fmt.Errorf("%s; what is left of it could not be deleted: %w", cause.Error(), err)
	}
	return cause
}
