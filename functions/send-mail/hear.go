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
	"github.com/paraphe/paraphe/shared/record"
)

// sendTimeout bounds one try with the mail service. It is shorter than persist's lease on a letter, so that nobody
// else begins while this try may still succeed.
const sendTimeout = 25 * time.Second

// carrier takes a mail to the mail service, for as long as its patience lasts: it is not called back in the middle because
// whoever asked for it went away. Its error is always a fault.
type carrier interface {
	carry(m mail, patience time.Duration) error
}

// writer writes the letters that it is asked for.
type writer struct {
	record  *record.Client
	letters letters
	from    Sender
	public  string // address of the pages
	carrier carrier
	now     func() time.Time
	log     *slog.Logger
}

// hear writes the letter of a mail.send, if it is not written and persist gives leave.
func (w *writer) hear(ctx context.Context, believed events.Verified) ([]events.Event, error) {
	heard := believed.Event()
	asked, ok := heard.Payload.(events.SendMail)
	if !ok {
		return nil, function.Refuse("send-mail does not hear %s", heard.Payload.Type())
	}
	letter := contract.Letter{Name: asked.Letter, Occasion: asked.Occasion, Recipient: asked.Recipient}
	claim, err := w.record.ClaimLetter(ctx, heard.Subject, letter)
	if err != nil {
		return nil, unclaimed(err)
	}
	switch claim.State {
	case record.Finished:
		return say(heard, outcome(asked, claim.View.Letters))
	case record.Yours:
		return w.write(ctx, heard, asked, claim)
	}
	return nil, fmt.Errorf("the letter %s/%d is being written by another instance", asked.Letter, asked.Occasion)
}

// unclaimed tells what can never be claimed from what only failed this time.
func unclaimed(err error) error {
	var p function.Problem
	malformed := errors.As(err, &p) && (p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity)
	if malformed || errors.Is(err, record.ErrNotFound) {
		return function.Refuse("claim the letter: %w", err)
	}
	return fmt.Errorf("claim the letter: %w", err)
}

// outcome says again what became of a letter that is no longer outstanding.
func outcome(asked events.SendMail, written []contract.Letter) events.Payload {
	for _, l := range written {
		same := l.Name == asked.Letter && l.Occasion == asked.Occasion && l.Recipient == asked.Recipient
		if same && l.Refused != "" {
			return refused(asked, l.Refused)
		}
	}
	return events.MailSent(asked)
}

// write composes the letter, sends it and reports.
func (w *writer) write(ctx context.Context, heard events.Event, asked events.SendMail, claim record.Claim) ([]events.Event, error) {
	if overtaken(asked, &claim.View) {
		w.log.Info("no longer needed", "contract", string(heard.Subject), "letter", string(asked.Letter))
		return nil, nil
	}
	m, err := w.compose(ctx, asked, claim)
	if err == nil {
		err = w.carrier.carry(m, max(w.patience(claim.Until), time.Second))
	}
	var f fault
	switch {
	case err == nil:
		return say(heard, events.MailSent(asked))
	case errors.As(err, &f) && f.fate == forGood:
		return say(heard, refused(asked, f.detail))
	}
	return nil, w.again(fmt.Errorf("write the letter %s/%d: %w", asked.Letter, asked.Occasion, err), claim.Until)
}

// patience is how long one try may take: never beyond the claim, when another instance may begin.
func (w *writer) patience(until time.Time) time.Duration {
	if until.IsZero() {
		return sendTimeout
	}
	return min(sendTimeout, until.Sub(w.now()))
}

// overtaken reports whether the letter would ask for a signature that nobody waits for any more.
func overtaken(asked events.SendMail, v *record.View) bool {
	if asked.Letter != contract.Invitation && asked.Letter != contract.Reminder {
		return false
	}
	s := v.Signer(asked.Recipient)
	return v.Status != contract.Sent || v.CancelWanted || s != nil && s.State != contract.Invited && s.State != contract.Waiting
}

// again asks to be given the letter again once the claim has lapsed: until then the answer would only be that it
// is being written.
func (w *writer) again(err error, until time.Time) error {
	after := until.Sub(w.now())
	var f fault
	if errors.As(err, &f) {
		after = max(after, f.after)
	}
	if after <= 0 {
		return err
	}
	return function.Later{After: after, Cause: err}
}

func refused(asked events.SendMail, reason string) events.Payload {
	return events.MailRefused{Letter: asked.Letter, Occasion: asked.Occasion, Recipient: asked.Recipient, Reason: reason}
}

func say(heard events.Event, p events.Payload) ([]events.Event, error) {
	said, err := events.Reply(heard, Manifest.Name, p)
	if err != nil {
		return nil, err
	}
	return []events.Event{said}, nil
}
