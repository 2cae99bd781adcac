package sendmail

import (
	"context"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// How long after a notification's end turned out to be unclear the mail service is asked first, or sooner where its search is said
// to show everything sooner; it is asked after twice as long each time, at least once in maxCheckInterval, until nothing so old can
// be found any more.
const (
	minCheckInterval = 30 * time.Second
	maxCheckInterval = time.Hour
	searchRetention  = 72 * time.Hour // SendGrid keeps three days where the account has not bought more
)

// settle finds out what became of a notification that was handed over and whose end nobody told. It never sends one: if the mail
// service surely does not have it, persist lets it be tried again; if that cannot be known, a person decides.
func (w *sender) settle(ctx context.Context, t delivery) ([]events.Event, error) {
	open := transport.Failure{Class: transport.Unclear, Cause: transport.EndUnclear, Detail: "nobody knows whether the mail service took the notification"}
	service, can := w.transport.(transport.Searcher)
	if !can {
		return w.record(ctx, t, t.failure(open, 0))
	}
	since := seconds(t.claim.Since)
	seen, err := service.Search(ctx, customArgs(t))
	function.Point("send-mail.notification-searched")
	switch {
	case err != nil:
		f := failureOf(err, open)
		w.log.Warn("the search at the mail service failed", "contract", string(t.in.Subject), "notification", t.notification().Key(), "error", err.Error())
		open.Detail += ": " + f.Detail
		return w.record(ctx, t, t.failure(open, w.nextCheck(f, since)))
	case seen.Found:
		return w.record(ctx, t, events.MailSent(t.order))
	case seen.Misses(since) && since >= w.searchAfter:
		lost := transport.Failure{Class: transport.Transient, Cause: transport.NeverTaken, Detail: fmt.Sprintf("the mail service does not have the notification that it was given %s before", since.Round(time.Second))}
		return w.record(ctx, t, t.failure(lost, 0))
	}
	open.Detail += ", and it does not show it yet"
	return w.record(ctx, t, t.failure(open, w.nextCheck(transport.Failure{}, since)))
}

func (w *sender) firstCheckAfter() time.Duration { return min(minCheckInterval, w.searchAfter) }

// nextCheck is when the mail service is asked again; 0 if it cannot be asked.
func (w *sender) nextCheck(f transport.Failure, since time.Duration) time.Duration {
	if f.Class == transport.Permanent || since >= searchRetention {
		return 0
	}
	next := min(max(since, w.firstCheckAfter()), maxCheckInterval)
	if since < w.searchAfter {
		next = min(next, w.searchAfter-since+time.Second)
	}
	return max(next, f.After)
}

// Wait is a setting: a while of at least a second.
type Wait time.Duration

// Decode implements envconfig.Decoder.
func (w *Wait) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second || d > searchRetention {
		return function.Malformed("it must be a duration from 1s to 72h, for example 15m")
	}
	*w = Wait(d)
	return nil
}
