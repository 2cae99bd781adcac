package sendmail

import (
	"context"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// searcher is a carrier whose mail service can be asked whether it has a mail with these marks.
type searcher interface {
	search(ctx context.Context, marks map[string]string) (finding, error)
}

// finding is what a search came to. That a mail is not shown means nothing where the service shows only what is older.
type finding struct {
	found bool
	upTo  time.Duration // how old the newest mail is that the search shows, by the service's own clock
	blind bool          // it shows no mail at all
}

// misses reports whether the service surely has no mail that was handed over this long ago: it shows something newer.
func (f finding) misses(since time.Duration) bool { return !f.found && !f.blind && f.upTo < since }

// How long after a letter's end turned out to be unclear the mail service is asked first, or sooner where its search is said
// to show everything sooner; it is asked after twice as long each time, at least once in lastLook, until nothing so old can
// be found any more.
const (
	firstLook  = 30 * time.Second
	lastLook   = time.Hour
	memoryEnds = 72 * time.Hour // SendGrid keeps three days where the account has not bought more
)

// settle finds out what became of a letter that was handed over and whose end nobody told. It never sends one: if the mail
// service surely does not have it, persist lets it be tried again; if that cannot be known, a person decides.
func (w *writer) settle(ctx context.Context, t try) ([]events.Event, error) {
	open := fault{fate: unclear, cause: endUnclear, detail: "nobody knows whether the mail service took the letter"}
	service, can := w.carrier.(searcher)
	if !can {
		return w.tell(ctx, t, t.failure(open, 0))
	}
	since := seconds(t.claim.Since)
	seen, err := service.search(ctx, marksOf(t))
	function.Point("send-mail.letter-searched")
	switch {
	case err != nil:
		f := faultOf(err, open)
		w.log.Warn("the mail service does not say", "contract", string(t.heard.Subject), "letter", t.letter().Key(), "error", err.Error())
		open.detail += ": " + f.detail
		return w.tell(ctx, t, t.failure(open, w.nextLook(f, since)))
	case seen.found:
		return w.tell(ctx, t, events.MailSent(t.asked))
	case seen.misses(since) && since >= w.searchAfter:
		lost := fault{fate: passing, cause: neverTaken, detail: fmt.Sprintf("the mail service does not have the letter that it was given %s before", since.Round(time.Second))}
		return w.tell(ctx, t, t.failure(lost, 0))
	}
	open.detail += ", and it does not show it yet"
	return w.tell(ctx, t, t.failure(open, w.nextLook(fault{}, since)))
}

func (w *writer) looksFirst() time.Duration { return min(firstLook, w.searchAfter) }

// nextLook is when the mail service is asked again: not at all if it cannot be asked.
func (w *writer) nextLook(f fault, since time.Duration) time.Duration {
	if f.fate == forGood || since >= memoryEnds {
		return 0
	}
	next := min(max(since, w.looksFirst()), lastLook)
	if since < w.searchAfter {
		next = min(next, w.searchAfter-since+time.Second)
	}
	return max(next, f.after)
}

// Wait is a setting: a while of at least a second.
type Wait time.Duration

// Decode implements envconfig.Decoder.
func (w *Wait) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second || d > memoryEnds {
		return function.Malformed("it is not a while from 1s to 72h, such as 15m")
	}
	*w = Wait(d)
	return nil
}
