package orchestrate

import (
	"context"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// cancelNote is what the signature service keeps about why. The owner's own words stay here: they may be personal.
const cancelNote = "withdrawn by its owner"

// cancel settles an attempt of a contract that is to end or has ended: whatever the service has of it is withdrawn, and
// how it stands there afterwards is told. Everyone may have signed a moment before, and then that counts.
func (l *listener) cancel(ctx context.Context, heard events.Event, number int) (said []events.Payload, err error) {
	w, err := l.begin(ctx, heard.Subject, number, persistclient.ActWithdraw)
	if err != nil || w == nil {
		return nil, err
	}
	told := false
	defer func() { w.close(told) }()
	c := w.View.Contract
	if lifecycle.Attempt(c) != number || c.Request.Settled() || !c.CancelWanted && !c.Status.Final() {
		return nil, nil
	}
	said, err = l.withdraw(ctx, heard, w)
	told = err == nil
	return said, err
}

// withdraw ends what the service holds of a leased attempt.
func (l *listener) withdraw(ctx context.Context, heard events.Event, w *work) ([]events.Payload, error) {
	c := w.View.Contract
	id := c.Request.ID
	if id == "" {
		id = w.RequestID
	}
	if id == "" && !w.Begun { // the service never heard of it
		return l.tell(ctx, heard, events.SignatureChecked{Attempt: c.Request.Attempt, State: events.SignatureNone})
	}
	answer, err := l.service.Withdraw(w.ctx, w.View.Token, id, cancelNote)
	switch {
	case err != nil:
		said, err := failure(c.Request.Attempt, persistclient.ActWithdraw, c.ID, err)
		if err != nil {
			return nil, err
		}
		return l.tell(ctx, heard, said[0])
	case answer.State == events.SignatureNone && id != "" && !deletedDraft(c, answer):
		return l.notFound(ctx, heard, c, persistclient.ActWithdraw)
	case answer.State == events.SignatureNone && seconds(w.Quiet) < l.settle:
		// a last call to make it may still be under way at the service
		return nil, function.Later{After: l.settle - seconds(w.Quiet), Cause: fmt.Errorf("contract %s was being opened a moment ago", c.ID)}
	}
	return l.found(ctx, heard, w, answer)
}

// deletedDraft reports whether the service says that it deleted what was begun there, now or by an earlier call whose
// answer was lost. Of a request that was active it says that only after somebody deleted it there, who may have had it
// signed before: that is no word about how it ended.
func deletedDraft(c contract.Contract, answer signing.Answer) bool {
	return answer.Deleted && c.Request.State == contract.Opening
}

// isOurs reports whether a request at the service is one of this installation.
func (l *listener) isOurs(externalID string) bool {
	_, err := l.unseal(externalID)
	return err == nil
}

// notFoundWait is for how long the service must go on to answer that it knows no such request before that is believed.
const notFoundWait = 10 * time.Minute

// notFound is what follows where the service answers that it knows no request that it once had. That may be the key of
// another workspace, so it is believed only after a while, and only if the key in use shows another request of ours.
func (l *listener) notFound(ctx context.Context, heard events.Event, c contract.Contract, act string) ([]events.Payload, error) {
	since := c.Request.NotFoundSince
	if !since.IsZero() && l.now().Sub(since) >= notFoundWait {
		sure, err := l.service.Sees(ctx, l.isOurs)
		if err != nil {
			l.log.Warn("cannot make sure that a request is gone", "contract", string(c.ID), "error", err.Error())
		}
		if err == nil && sure {
			return l.tell(ctx, heard, events.SignatureChecked{Attempt: c.Request.Attempt, State: events.SignatureNone})
		}
	}
	return l.tell(ctx, heard, events.SignatureFailed{Attempt: c.Request.Attempt, Act: act, Cause: lifecycle.CauseNotFound, Ours: true})
}
