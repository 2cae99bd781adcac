package yousign

import (
	"context"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/function"
)

// begin makes the request. Where an earlier try may have made one that the list did not show, it is searched for
// once more before anybody can sign.
func (w *opening) begin(ctx context.Context) (signing.Opened, error) {
	made, err := w.create(ctx)
	if err != nil {
		return signing.Opened{}, w.giveUp(ctx, made.ID, err)
	}
	signers, err := w.fill(ctx, made)
	if err == nil && w.known.Begun {
		err = w.alone(ctx, made.ID)
	}
	if err == nil {
		err = w.activate(ctx, made.ID)
	}
	if err != nil {
		return signing.Opened{}, w.giveUp(ctx, made.ID, err)
	}
	return signing.Opened{RequestID: made.ID, Signers: signers}, nil
}

// resume goes on with a request that exists.
func (w *opening) resume(ctx context.Context, id string) (signing.Opened, error) {
	r, err := w.request(ctx, id)
	w.answered = w.answered || err == nil
	switch {
	case err != nil:
		return signing.Opened{}, unsure(err)
	case r.ExternalID != w.order.Token:
		return signing.Opened{}, fmt.Errorf("request %s bears another token", id)
	case r.Status == wireDeleted:
		return signing.Opened{}, errOvertaken
	case r.Status != wireDraft:
		return w.adopt(ctx, r)
	}
	signers, err := w.fill(ctx, r)
	if err == nil {
		err = w.activate(ctx, id)
	}
	if err != nil {
		return signing.Opened{}, w.giveUp(ctx, id, err)
	}
	return signing.Opened{RequestID: id, Signers: signers}, nil
}

// alone makes sure that the request is the only one of its order. One that is not listed may be the second.
func (w *opening) alone(ctx context.Context, id string) error {
	first, found, err := w.only(ctx, w.order.Token)
	switch {
	case err != nil:
		return unsure(err)
	case !found:
		return errNotListed
	case first.ID != id:
		return errOvertaken
	}
	return nil
}

// activate hands the draft to its signers: only from then on can anybody sign. What the service says then must be
// the order still: another writer, or a part that came late, may have been faster.
func (w *opening) activate(ctx context.Context, id string) error {
	c := call{act: "activate request " + id, path: path("signature_requests", id, "activate"), names: true}
	if err := w.inTime(); err != nil {
		return err
	}
	var r wireRequest
	if err := w.post(ctx, c, nil, &r); err != nil {
		return err
	}
	function.Point("orchestrate.request-activated")
	switch {
	case r.ID != id:
		return fmt.Errorf("%s: the answer is about another one", c.act)
	case !r.ongoing():
		return fmt.Errorf("%s: the service does not say that it goes on", c.act)
	case !r.complete(len(w.order.People)):
		return w.replace(ctx, r)
	}
	return nil
}
