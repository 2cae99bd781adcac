package decisions

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

// cancel settles an attempt of a contract that is to end or has ended: whatever the service has of it is withdrawn, and
// how it stands there afterwards is told. Everyone may have signed a moment before, and then that counts.
func (l *Handler) cancel(ctx context.Context, in events.Event, number int) (out []events.Payload, err error) {
	w, err := l.begin(ctx, in.Subject, number, persistclient.ActWithdraw)
	if err != nil || w == nil {
		return nil, err
	}
	reported := false
	defer func() { w.close(reported) }()
	c := w.View.Contract
	if lifecycle.Attempt(c) != number || c.Request.Settled() || !c.CancelWanted && !c.Status.Final() {
		return nil, nil
	}
	out, err = l.withdraw(ctx, in, w)
	reported = err == nil
	return out, err
}

// withdraw ends what the service holds of a leased attempt.
func (l *Handler) withdraw(ctx context.Context, in events.Event, w *work) ([]events.Payload, error) {
	c := w.View.Contract
	id := c.Request.ID
	if id == "" {
		id = w.RequestID
	}
	if id == "" && !w.Begun { // the service was never asked for it
		return l.report(ctx, in, events.SignatureChecked{Attempt: c.Request.Attempt, State: events.SignatureNone})
	}
	result, err := l.Service.Withdraw(w.ctx, w.View.Token, id, signing.WithdrawalNote)
	switch {
	case err != nil:
		out, err := failure(c.Request.Attempt, persistclient.ActWithdraw, c.ID, err)
		if err != nil {
			return nil, err
		}
		return l.report(ctx, in, out[0])
	case result.State == events.SignatureNone && id != "" && !deletedDraft(c, result):
		return l.notFound(ctx, in, c, persistclient.ActWithdraw)
	case result.State == events.SignatureNone && seconds(w.Quiet) < l.Settle:
		// a last call to make it may still be under way at the service
		return nil, function.Later{After: l.Settle - seconds(w.Quiet), Cause: fmt.Errorf("contract %s was being opened a moment ago", c.ID)}
	}
	return l.found(ctx, in, w, result)
}

// deletedDraft reports whether the service says that it deleted what was begun there, now or by an earlier call whose
// answer was lost. Of a request that was active it says that only after somebody deleted it there, who may have had it
// signed before: that is no word about how it ended.
func deletedDraft(c contract.Contract, result signing.Result) bool {
	return result.Deleted && c.Request.State == contract.Opening
}

// isOurs reports whether a request at the service is one of this installation.
func (l *Handler) isOurs(externalID string) bool {
	_, err := l.Unseal(externalID)
	return err == nil
}

// notFoundWait is for how long the service must go on to answer that it knows no such request before that is believed.
const notFoundWait = 10 * time.Minute

// notFound is what follows where the service answers that it knows no request that it once had. That may be the key of
// another workspace, so it is believed only after a while, and only if the key in use shows another request of ours.
func (l *Handler) notFound(ctx context.Context, in events.Event, c contract.Contract, act string) ([]events.Payload, error) {
	since := c.Request.NotFoundSince
	if !since.IsZero() && l.Now().Sub(since) >= notFoundWait {
		sure, err := l.Service.Sees(ctx, l.isOurs)
		if err != nil {
			l.Log.Warn("cannot make sure that a request is gone", "contract", string(c.ID), "error", err.Error())
		}
		if err == nil && sure {
			return l.report(ctx, in, events.SignatureChecked{Attempt: c.Request.Attempt, State: events.SignatureNone})
		}
	}
	return l.report(ctx, in, events.SignatureFailed{Attempt: c.Request.Attempt, Act: act, Cause: lifecycle.CauseNotFound, Ours: true})
}
