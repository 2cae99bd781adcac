package sendmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sender sends the e-mails that it is asked for.
type sender struct {
	persist       *persistclient.Client
	notifications notifications
	from          transport.Sender
	public        string // address of the pages
	transport     transport.Transport
	searchAfter   time.Duration // until then a notification may be missing from the mail service's search
	now           func() time.Time
	log           *slog.Logger
}

// delivery is one attempt to send an e-mail: the command, and the claim that persist granted.
type delivery struct {
	in    events.Event
	order events.SendMail
	claim persistclient.Claim
	began time.Time // before persist was asked: its durations count from there
}

func (t delivery) notification() contract.Notification {
	return contract.Notification{Kind: t.order.Kind, Sequence: t.order.Sequence, Recipient: t.order.Recipient}
}

// handle sends the e-mail of a mail.send, if persist grants a claim on it. The result is recorded by persist
// directly and then published, so that neither a lost answer nor a busy broker makes it unknown.
func (w *sender) handle(ctx context.Context, verified events.Verified) ([]events.Event, error) {
	t := delivery{in: verified.Event(), began: w.now()}
	var ok bool
	if t.order, ok = t.in.Payload.(events.SendMail); !ok {
		return nil, function.Refuse("send-mail does not consume %s", t.in.Payload.Type())
	}
	var err error
	if t.claim, err = w.persist.ClaimNotification(ctx, t.in.Subject, t.notification()); err != nil {
		return nil, unclaimed(err)
	}
	function.Point("send-mail.notification-claimed")
	switch t.claim.State {
	case persistclient.Yours:
		return w.send(context.WithoutCancel(ctx), t)
	case persistclient.Unclear:
		return w.settle(context.WithoutCancel(ctx), t)
	case persistclient.Sent:
		return t.out(events.MailSent(t.order))
	case persistclient.Waiting, persistclient.Over:
		w.log.Info("nothing to send now", "contract", string(t.in.Subject), "notification", t.notification().Key(), "claim", string(t.claim.State))
		return nil, nil
	case persistclient.Busy:
		return nil, function.Later{After: seconds(t.claim.For), Cause: fmt.Errorf("an earlier try of the notification %s is not over yet", t.notification().Key())}
	}
	return nil, fmt.Errorf("persist says %q of the notification %s, which is not known here", t.claim.State, t.notification().Key())
}

// unclaimed tells what can never be claimed from what only failed this time.
func unclaimed(err error) error {
	var p function.Problem
	malformed := errors.As(err, &p) && (p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity)
	if malformed || errors.Is(err, persistclient.ErrNotFound) {
		return function.Refuse("claim the notification: %w", err)
	}
	return fmt.Errorf("claim the notification: %w", err)
}

// send composes the notification, marks it and hands it over.
func (w *sender) send(ctx context.Context, t delivery) ([]events.Event, error) {
	if !lifecycle.StillWanted(t.claim.View.Contract, t.notification()) {
		w.log.Info("no longer needed", "contract", string(t.in.Subject), "notification", t.notification().Key())
		return nil, nil
	}
	m, err := w.compose(ctx, t.order, t.claim)
	if err != nil {
		return w.report(ctx, t, failureOf(err, transport.Failure{Class: transport.Installation, Cause: transport.Unwritten, Detail: "the notification could not be written"}))
	}
	marked := w.now()
	var timeLeft float64
	err = retry(ctx, func(ctx context.Context) (err error) {
		timeLeft, err = w.persist.HandOver(ctx, t.in.Subject, persistclient.Handover{Notification: t.notification(), Claim: t.claim.Claim})
		return err
	})
	switch {
	case errors.Is(err, persistclient.ErrConflict):
		w.log.Info("another attempt has begun", "contract", string(t.in.Subject), "notification", t.notification().Key())
		return nil, nil
	case err != nil:
		w.log.Warn("the handover could not be recorded; nothing was sent", "contract", string(t.in.Subject), "notification", t.notification().Key(), "error", err.Error())
		return w.report(ctx, t, transport.Failure{Class: transport.Installation, Cause: transport.Unrecorded, Detail: "persist could not be told that the notification is about to go out"})
	}
	timeout := min(transport.SendTimeout, seconds(timeLeft)-w.now().Sub(marked))
	if timeout < minTimeout {
		return w.report(ctx, t, transport.Failure{Class: transport.Installation, Cause: transport.Unrecorded, Detail: "persist took too long to note that the notification is about to go out"})
	}
	function.Point("send-mail.notification-marked")
	err = w.transport.Send(m, timeout)
	function.Point("send-mail.notification-carried")
	return w.report(ctx, t, err)
}

// minTimeout is the shortest while in which it makes sense to begin handing a notification over.
const minTimeout = 5 * time.Second

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// failureOf returns the Failure in an error, or the other one.
func failureOf(err error, otherwise transport.Failure) transport.Failure {
	var f transport.Failure
	if errors.As(err, &f) {
		return f
	}
	return otherwise
}
