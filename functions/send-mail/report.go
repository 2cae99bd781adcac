package sendmail

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// report tells what became of a letter: persist directly, as long as it can be told, and then everybody by the broker. If
// neither arrives, the letter stays marked as handed over, and its end counts as unclear.
func (w *writer) report(ctx context.Context, t try, err error) ([]events.Event, error) {
	told := events.Payload(events.MailSent(t.asked))
	if err != nil {
		f := faultOf(err, fault{fate: ours, cause: unwritten, detail: "the letter could not be handed over"})
		w.log.Warn("not taken", "contract", string(t.heard.Subject), "letter", t.letter().Key(), "cause", f.cause, "detail", f.detail)
		told = t.failure(f, w.looksAfter(f))
	}
	return w.tell(ctx, t, told)
}

// looksAfter is when the mail service is first asked about a letter whose end is unclear; 0 if it cannot be.
func (w *writer) looksAfter(f fault) time.Duration {
	if _, can := w.carrier.(searcher); f.fate == unclear && can {
		return w.looksFirst()
	}
	return f.after
}

func (t try) failure(f fault, after time.Duration) events.Payload {
	if f.fate == forGood {
		return events.MailRefused{
			Letter: t.asked.Letter, Occasion: t.asked.Occasion, Recipient: t.asked.Recipient,
			Cause: f.cause, Reason: f.detail, Claim: t.claim.Claim,
		}
	}
	return events.MailFailed{
		Letter: t.asked.Letter, Occasion: t.asked.Occasion, Recipient: t.asked.Recipient,
		Cause: f.cause, Detail: f.detail, Unclear: f.fate == unclear, Ours: f.fate == ours,
		RetryAfter: int(math.Ceil(after.Seconds())), Claim: t.claim.Claim,
	}
}

// tell puts a fact on record and returns it to be said: only then does anything follow from it.
func (w *writer) tell(ctx context.Context, t try, told events.Payload) ([]events.Event, error) {
	said, err := t.say(told)
	if err != nil {
		return nil, err
	}
	if err := insist(ctx, func(ctx context.Context) error { return w.record.RecordFact(ctx, said[0]) }); err != nil {
		w.log.Warn("not told directly; the broker may still", "event", told.Type(), "contract", string(t.heard.Subject), "error", err.Error())
	}
	function.Point("send-mail.fact-told")
	return said, nil
}

func (t try) say(p events.Payload) ([]events.Event, error) {
	said, err := events.Reply(t.heard, Manifest.Name, p)
	if err != nil {
		return nil, err
	}
	return []events.Event{said}, nil
}

// What persist is asked that must not fail for a hiccup is asked again after these whiles, and for insistFor in all: it may
// have to start first.
var insistence = []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second}

const insistFor = 15 * time.Second

// insist asks until persist answers, be it with a refusal.
func insist(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, insistFor)
	defer cancel()
	err := ask(ctx)
	for _, wait := range insistence {
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

// answered reports whether persist said no, which it would say again.
func answered(err error) bool {
	var refusal function.Problem
	return errors.Is(err, persistclient.ErrConflict) || errors.Is(err, persistclient.ErrNotFound) || errors.Is(err, persistclient.ErrDenied) || errors.As(err, &refusal)
}
