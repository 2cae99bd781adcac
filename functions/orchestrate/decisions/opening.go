package decisions

import (
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// open hands the contract over to the signature service. persist gives the attempt to one delivery at a time, and to
// none if the contract does not wait for that any more.
func (l *Handler) open(ctx context.Context, in events.Event, number int) (out []events.Payload, err error) {
	w, err := l.begin(ctx, in.Subject, number, persistclient.ActOpen)
	if err != nil || w == nil {
		return nil, err
	}
	defer func() { w.close(err == nil) }()
	if w.View.Token == "" {
		return nil, function.Refuse("attempt %d of contract %s has no sealed message on record", number, in.Subject)
	}
	if !l.Now().Before(w.View.Deadline) {
		return l.tooLate(ctx, in, number, w)
	}
	file, err := l.Record.File(w.ctx, in.Subject, w.View.Document.SHA256)
	if err != nil {
		return nil, fmt.Errorf("fetch the document of contract %s: %w", in.Subject, err)
	}
	opened, err := l.Service.Open(w.ctx, l.order(w.View, file), signing.Progress{
		RequestID: w.RequestID, Begun: w.Begun,
		Note: func(ctx context.Context, requestID string) error {
			return l.Record.RecordRequest(ctx, in.Subject, number, w.Holder, requestID)
		},
	})
	if err != nil {
		return l.notOpened(ctx, in, number, w, err)
	}
	return l.report(ctx, in, events.SignatureOpened{Attempt: number, ID: opened.RequestID, Signers: opened.Signers})
}

// notOpened tells what stands against opening. What the service refused for good is over: Open left nothing of it there.
func (l *Handler) notOpened(ctx context.Context, in events.Event, number int, w *work, cause error) ([]events.Payload, error) {
	if errors.Is(cause, signing.ErrUnknown) {
		return l.notFound(ctx, in, w.View.Contract, persistclient.ActOpen)
	}
	out, err := failure(number, persistclient.ActOpen, in.Subject, cause)
	if err != nil {
		return nil, err
	}
	f := out[0].(events.SignatureFailed)
	f.Over = f.Cause == signing.CauseRejected
	return l.report(ctx, in, f)
}

// tooLate ends an attempt whose last moment passed before it was opened. What an earlier try may have left at the
// service is withdrawn first.
func (l *Handler) tooLate(ctx context.Context, in events.Event, number int, w *work) ([]events.Payload, error) {
	if w.Begun {
		out, err := l.withdraw(ctx, in, w)
		checked, is := first(out).(events.SignatureChecked)
		if err != nil || !is || checked.State != events.SignatureNone {
			return out, err
		}
	}
	return l.report(ctx, in, events.SignatureFailed{Attempt: number, Act: persistclient.ActOpen, Cause: lifecycle.CauseDeadlinePassed, Over: true})
}

func first(out []events.Payload) events.Payload {
	if len(out) == 0 {
		return nil
	}
	return out[0]
}

// order is what the signature service is asked for. Nothing in it is made up here: the same attempt of the same
// contract gives the same order, however often it is opened.
func (l *Handler) order(v persistclient.View, file []byte) signing.Order {
	o := signing.Order{
		Token: v.Token, Title: v.Title, Document: file, Language: v.Language, Deadline: v.Deadline,
		Ordered: v.Ordered, ReturnURL: l.ReturnURL,
	}
	for _, p := range v.People {
		o.People = append(o.People, signing.Signatory{
			ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone, Locale: p.Locale,
		})
	}
	return o
}
