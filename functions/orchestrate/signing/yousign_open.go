package signing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	// errOvertaken says that the draft is not what this try took it for: another one worked on it, or what an earlier
	// one had sent arrived late.
	errOvertaken = errors.New("the request was changed by another try")
	// errMisfit says that a draft is not the beginning of the order.
	errMisfit = errors.New("the draft is not what was ordered")
)

// opening is one pass over the steps of Open. Each begins from what the service has, not from what was done: a
// process may end, and an answer may be lost, between any two of them.
type opening struct {
	*Yousign
	order Order
	known Progress
	until time.Time // nothing more is put into the draft from then on; zero: always
}

// Open implements Service.
func (y *Yousign) Open(ctx context.Context, o Order, p Progress) (Opened, error) {
	release, err := y.turns.take(ctx, o.Token)
	if err != nil {
		return Opened{}, fmt.Errorf("wait for the same order: %w", err)
	}
	defer release()
	w := opening{Yousign: y, order: o, known: p, until: y.lastStart(ctx)}
	opened, err := w.pass(ctx)
	if errors.Is(err, errOvertaken) { // most likely it is open by now, or a draft was thrown away
		w.known = Progress{Begun: true, Note: p.Note}
		opened, err = w.pass(ctx)
	}
	return opened, err
}

// lastStart is when the last call should begin that puts something into the draft. One that is cut off may be done
// late, after the next try has looked: then the draft has it twice, and all begins anew.
func (y *Yousign) lastStart(ctx context.Context) time.Time {
	end, is := ctx.Deadline()
	if !is {
		return time.Time{}
	}
	return end.Add(-min(answerTimeout, end.Sub(y.Now())/3))
}

// inTime ends the pass when there is no time for another part.
func (w *opening) inTime() error {
	if !w.until.IsZero() && w.Now().After(w.until) {
		return fmt.Errorf("the next try goes on: %w", context.DeadlineExceeded)
	}
	return nil
}

// pass goes on with the request that is on record, else with the one that bears the token, else with a new one.
func (w *opening) pass(ctx context.Context) (Opened, error) {
	if w.known.RequestID != "" {
		return w.resume(ctx, w.known.RequestID)
	}
	if w.known.Begun {
		r, found, err := w.only(ctx, w.order.Token)
		if err == nil && found {
			err = w.note(ctx, r.ID)
		}
		switch {
		case err != nil:
			return Opened{}, unsure(err)
		case found:
			return w.resume(ctx, r.ID) // the list may show how it stood a moment ago
		}
	}
	return w.begin(ctx)
}

func (w *opening) note(ctx context.Context, id string) error {
	if w.known.Note == nil {
		return nil
	}
	if err := w.known.Note(ctx, id); err != nil {
		return fmt.Errorf("note request %s: %w", id, err)
	}
	return nil
}

// begin makes the request. Where an earlier try may have made one that the list did not show, it is searched for
// once more before anybody can sign.
func (w *opening) begin(ctx context.Context) (Opened, error) {
	made, err := w.create(ctx)
	if err != nil {
		return Opened{}, w.giveUp(ctx, made.ID, err)
	}
	signers, err := w.fill(ctx, made)
	if err == nil && w.known.Begun {
		err = w.alone(ctx, made.ID)
	}
	if err == nil {
		err = w.activate(ctx, made.ID)
	}
	if err != nil {
		return Opened{}, w.giveUp(ctx, made.ID, err)
	}
	return Opened{RequestID: made.ID, Signers: signers}, nil
}

// resume goes on with a request that exists.
func (w *opening) resume(ctx context.Context, id string) (Opened, error) {
	r, err := w.request(ctx, id)
	switch {
	case err != nil:
		return Opened{}, unsure(err)
	case r.ExternalID != w.order.Token:
		return Opened{}, fmt.Errorf("request %s bears another token", id)
	case r.Status == wireDeleted:
		return Opened{}, errOvertaken
	case r.Status != wireDraft:
		return w.adopt(ctx, r)
	}
	signers, err := w.fill(ctx, r)
	if err == nil {
		err = w.activate(ctx, id)
	}
	if err != nil {
		return Opened{}, w.giveUp(ctx, id, err)
	}
	return Opened{RequestID: id, Signers: signers}, nil
}

// alone makes sure that the request is the only one of its order. One that is not listed may be the second.
func (w *opening) alone(ctx context.Context, id string) error {
	first, found, err := w.only(ctx, w.order.Token)
	switch {
	case err != nil:
		return unsure(err)
	case !found:
		return errors.New("the signature service does not list the new request yet")
	case first.ID != id:
		return errOvertaken
	}
	return nil
}

// activate hands the draft to its signers: only from then on can anybody sign. What the service says then must be
// the order still: another writer, or a part that came late, may have been faster.
func (w *opening) activate(ctx context.Context, id string) error {
	c := call{act: "activate request " + id, path: path("signature_requests", id, "activate"), names: true}
	var r wireRequest
	if err := w.post(ctx, c, nil, &r); err != nil {
		return err
	}
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
