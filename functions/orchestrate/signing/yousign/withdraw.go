package yousign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
)

// Withdraw implements Service. The request that is on record is asked for by its id where the list does not show it:
// the list may lag behind.
func (y *Client) Withdraw(ctx context.Context, token, requestID, note string) (signing.Result, error) {
	all, deleted, err := y.held(ctx, token, requestID)
	if err != nil {
		return signing.Result{}, err
	}
	ended := make([]wireRequest, 0, len(all))
	for _, r := range all {
		after, err := y.end(ctx, r, note)
		if err != nil {
			return signing.Result{}, err
		}
		if after.Status != wireDeleted {
			ended = append(ended, after)
		}
		deleted = deleted || r.ID == requestID && after.Status == wireDeleted
	}
	if len(ended) == 0 {
		return signing.Result{State: events.SignatureNone, Deleted: deleted}, nil
	}
	return y.answer(ctx, telling(ended, requestID))
}

// held returns every request of the attempt that the service shows, and whether it says that the one named was deleted.
func (y *Client) held(ctx context.Context, token, requestID string) (all []wireRequest, deleted bool, err error) {
	all, err = y.find(ctx, token)
	if err != nil {
		return nil, false, err
	}
	if requestID == "" || slices.ContainsFunc(all, func(r wireRequest) bool { return r.ID == requestID }) {
		return all, false, nil
	}
	r, err := y.request(ctx, requestID)
	switch {
	case errors.Is(err, signing.ErrUnknown):
		return all, false, nil
	case err != nil:
		return nil, false, err
	case r.ExternalID != token:
		return nil, false, fmt.Errorf("withdraw request %s: it bears another token", requestID)
	case r.Status == wireDeleted:
		return all, true, nil
	}
	return append(all, r), false, nil
}

// telling chooses the request that says how the attempt ended: one that everyone signed, else the one on record.
func telling(ended []wireRequest, requestID string) wireRequest {
	slices.SortFunc(ended, wireRequest.before)
	for _, r := range ended {
		if r.ID == requestID && ended[0].Status != wireDone {
			return r
		}
	}
	return ended[0]
}

// end brings a request to its end and returns how it stands then, in the service's own words: a draft is deleted, an
// active one cancelled, an ended one left as it is. What is refused is looked at again: a request may be activated,
// signed, declined or over in any moment.
func (y *Client) end(ctx context.Context, r wireRequest, note string) (wireRequest, error) {
	after, err := r, error(nil)
	switch {
	case r.Status == wireDraft:
		after.Status, err = wireDeleted, y.remove(ctx, r.ID)
	case r.ongoing():
		after, err = y.cancel(ctx, r.ID, note)
	}
	if rejected(err) {
		return y.endedMeanwhile(ctx, r, note, err)
	}
	if err != nil {
		return r, err
	}
	if after.ongoing() {
		return r, fmt.Errorf("cancel request %s: the service says that it goes on", r.ID)
	}
	if after.Status != wireDeleted {
		_, err = after.state()
	}
	return after, err
}

// endedMeanwhile looks why a request could not be brought to its end. One that stands as it stood was refused.
func (y *Client) endedMeanwhile(ctx context.Context, r wireRequest, note string, refusal error) (wireRequest, error) {
	now, err := y.request(ctx, r.ID)
	switch {
	case err != nil:
		return r, err
	case now.Status == r.Status:
		return r, refusal
	}
	return y.end(ctx, now, note)
}
