package sendmail

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// report records the result of an attempt: with persist directly, with retries, and then by the broker. If
// neither arrives, the notification stays marked as handed over, and its end counts as unclear.
func (w *sender) report(ctx context.Context, t delivery, err error) ([]events.Event, error) {
	fact := events.Payload(events.MailSent(t.order))
	if err != nil {
		f := failureOf(err, transport.Failure{Class: transport.Installation, Cause: transport.Unwritten, Detail: "the notification could not be handed over"})
		w.log.Warn("the mail service did not take the mail", "contract", string(t.in.Subject), "notification", t.notification().Key(), "cause", f.Cause, "detail", f.Detail)
		fact = t.failure(f, w.firstCheck(f))
	}
	return w.record(ctx, t, fact)
}

// firstCheck is when the mail service is first asked about a mail whose result is unclear; 0 if it cannot be asked.
func (w *sender) firstCheck(f transport.Failure) time.Duration {
	if _, can := w.transport.(transport.Searcher); f.Class == transport.Unclear && can {
		return w.firstCheckAfter()
	}
	return f.After
}

func (t delivery) failure(f transport.Failure, after time.Duration) events.Payload {
	if f.Class == transport.Permanent {
		return events.MailRefused{
			Kind: t.order.Kind, Sequence: t.order.Sequence, Recipient: t.order.Recipient,
			Cause: f.Cause, Reason: f.Detail, Claim: t.claim.Claim,
		}
	}
	return events.MailFailed{
		Kind: t.order.Kind, Sequence: t.order.Sequence, Recipient: t.order.Recipient,
		Cause: f.Cause, Detail: f.Detail, Unclear: f.Class == transport.Unclear, Ours: f.Class == transport.Installation,
		RetryAfter: int(math.Ceil(after.Seconds())), Claim: t.claim.Claim,
	}
}

// record records a fact with persist and returns it to be published: only then does anything follow from it.
func (w *sender) record(ctx context.Context, t delivery, fact events.Payload) ([]events.Event, error) {
	out, err := t.out(fact)
	if err != nil {
		return nil, err
	}
	if err := retry(ctx, func(ctx context.Context) error { return w.persist.RecordFact(ctx, out[0]) }); err != nil {
		w.log.Warn("recording of a fact failed; it is published anyway", "event", fact.Type(), "contract", string(t.in.Subject), "error", err.Error())
	}
	function.Point("send-mail.fact-told")
	return out, nil
}

func (t delivery) out(p events.Payload) ([]events.Event, error) {
	out, err := events.Reply(t.in, Manifest.Name, p)
	if err != nil {
		return nil, err
	}
	return []events.Event{out}, nil
}

// What persist is asked that must not fail for a hiccup is asked again after these whiles, and for retryFor in all: it may
// have to start first.
var retryAfter = []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

const retryFor = 15 * time.Second

// retry asks persist until it answers, be it with a refusal.
func retry(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, retryFor)
	defer cancel()
	err := ask(ctx)
	for _, wait := range retryAfter {
		if err == nil || answered(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		err = ask(ctx)
	}
	return err
}

// answered reports whether persist refused, which it would do again.
func answered(err error) bool {
	var refusal function.Problem
	return errors.Is(err, persistclient.ErrConflict) || errors.Is(err, persistclient.ErrNotFound) || errors.Is(err, persistclient.ErrDenied) || errors.As(err, &refusal)
}
