package sendmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sendTimeout bounds one try with the mail service. It is shorter than persist's lease on a letter, so that whoever asks
// afterwards what became of it asks about a try that is over.
const sendTimeout = 25 * time.Second

// carrier takes a mail to the mail service, for as long as its patience lasts: it is not called back in the middle because
// whoever asked for it went away. Its error is always a fault.
type carrier interface {
	carry(m mail, patience time.Duration) error
}

// writer writes the letters that it is asked for.
type writer struct {
	record      *persistclient.Client
	letters     letters
	from        Sender
	public      string // address of the pages
	carrier     carrier
	searchAfter time.Duration // until then a letter may be missing from the mail service's search
	now         func() time.Time
	log         *slog.Logger
}

// try is one try to write a letter: who asked for it, and what persist gave leave for.
type try struct {
	heard events.Event
	asked events.SendMail
	claim persistclient.Claim
	began time.Time // before persist was asked: its durations count from there
}

func (t try) letter() contract.Letter {
	return contract.Letter{Name: t.asked.Letter, Occasion: t.asked.Occasion, Recipient: t.asked.Recipient}
}

// hear writes the letter of a mail.send, if it is not written and persist gives leave. What became of it is told to persist
// at once and then said, so that neither a lost answer nor a busy broker makes it unknown.
func (w *writer) hear(ctx context.Context, believed events.Verified) ([]events.Event, error) {
	t := try{heard: believed.Event(), began: w.now()}
	var ok bool
	if t.asked, ok = t.heard.Payload.(events.SendMail); !ok {
		return nil, function.Refuse("send-mail does not consume %s", t.heard.Payload.Type())
	}
	var err error
	if t.claim, err = w.record.ClaimLetter(ctx, t.heard.Subject, t.letter()); err != nil {
		return nil, unclaimed(err)
	}
	function.Point("send-mail.letter-claimed")
	switch t.claim.State {
	case persistclient.Yours:
		return w.write(context.WithoutCancel(ctx), t)
	case persistclient.Unclear:
		return w.settle(context.WithoutCancel(ctx), t)
	case persistclient.Sent:
		return t.say(events.MailSent(t.asked))
	case persistclient.Waiting, persistclient.Over:
		w.log.Info("not to be sent now", "contract", string(t.heard.Subject), "letter", t.letter().Key(), "why", string(t.claim.State))
		return nil, nil
	case persistclient.Busy:
		return nil, function.Later{After: seconds(t.claim.For), Cause: fmt.Errorf("an earlier try of the letter %s is not over yet", t.letter().Key())}
	}
	return nil, fmt.Errorf("persist says %q of the letter %s, which is not known here", t.claim.State, t.letter().Key())
}

// unclaimed tells what can never be claimed from what only failed this time.
func unclaimed(err error) error {
	var p function.Problem
	malformed := errors.As(err, &p) && (p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity)
	if malformed || errors.Is(err, persistclient.ErrNotFound) {
		return function.Refuse("claim the letter: %w", err)
	}
	return fmt.Errorf("claim the letter: %w", err)
}

// write composes the letter, marks it and hands it over.
func (w *writer) write(ctx context.Context, t try) ([]events.Event, error) {
	if !lifecycle.StillWanted(t.claim.View.Contract, t.letter()) {
		w.log.Info("no longer needed", "contract", string(t.heard.Subject), "letter", t.letter().Key())
		return nil, nil
	}
	m, err := w.compose(ctx, t.asked, t.claim)
	if err != nil {
		return w.report(ctx, t, faultOf(err, fault{fate: ours, cause: unwritten, detail: "the letter could not be written"}))
	}
	marked := w.now()
	var leave float64
	err = insist(ctx, func(ctx context.Context) (err error) {
		leave, err = w.record.HandOver(ctx, t.heard.Subject, persistclient.Handover{Letter: t.letter(), Claim: t.claim.Claim})
		return err
	})
	switch {
	case errors.Is(err, persistclient.ErrConflict):
		w.log.Info("another try has begun meanwhile", "contract", string(t.heard.Subject), "letter", t.letter().Key())
		return nil, nil
	case err != nil:
		w.log.Warn("not marked before it is handed over", "contract", string(t.heard.Subject), "letter", t.letter().Key(), "error", err.Error())
		return w.report(ctx, t, fault{fate: ours, cause: unrecorded, detail: "persist could not be told that the letter is about to go out"})
	}
	patience := min(sendTimeout, seconds(leave)-w.now().Sub(marked))
	if patience < leastPatience {
		return w.report(ctx, t, fault{fate: ours, cause: unrecorded, detail: "persist took too long to note that the letter is about to go out"})
	}
	function.Point("send-mail.letter-marked")
	err = w.carrier.carry(m, patience)
	function.Point("send-mail.letter-carried")
	return w.report(ctx, t, err)
}

// leastPatience is the shortest while in which it makes sense to begin handing a letter over.
const leastPatience = 5 * time.Second

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// faultOf returns the fault that an error is, or else another in its place.
func faultOf(err error, otherwise fault) fault {
	var f fault
	if errors.As(err, &f) {
		return f
	}
	return otherwise
}
