package orchestrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// open hands the contract over to the signature service. persist gives the attempt to one delivery at a time, and to
// none if the contract does not wait for that any more.
func (l *listener) open(ctx context.Context, heard events.Event, number int) (said []events.Payload, err error) {
	w, err := l.begin(ctx, heard.Subject, number, persistclient.ActOpen)
	if err != nil || w == nil {
		return nil, err
	}
	defer func() { w.close(err == nil) }()
	if w.View.Token == "" {
		return nil, function.Refuse("attempt %d of contract %s has no sealed message on record", number, heard.Subject)
	}
	if !l.now().Before(w.View.Deadline) {
		return l.tooLate(ctx, heard, number, w)
	}
	file, err := l.record.File(w.ctx, heard.Subject, w.View.Document.SHA256)
	if err != nil {
		return nil, fmt.Errorf("fetch the document of contract %s: %w", heard.Subject, err)
	}
	opened, err := l.service.Open(w.ctx, l.order(w.View, file), signing.Progress{
		RequestID: w.RequestID, Begun: w.Begun,
		Note: func(ctx context.Context, requestID string) error {
			return l.record.NoteRequest(ctx, heard.Subject, number, w.Holder, requestID)
		},
	})
	if err != nil {
		return l.notOpened(ctx, heard, number, w, err)
	}
	return l.tell(ctx, heard, events.SignatureOpened{Attempt: number, ID: opened.RequestID, Signers: opened.Signers})
}

// notOpened tells what stands against opening. What the service refused for good is over: Open left nothing of it there.
func (l *listener) notOpened(ctx context.Context, heard events.Event, number int, w *work, cause error) ([]events.Payload, error) {
	if errors.Is(cause, signing.ErrUnknown) {
		return l.notFound(ctx, heard, w.View.Contract, persistclient.ActOpen)
	}
	said, err := failure(number, persistclient.ActOpen, heard.Subject, cause)
	if err != nil {
		return nil, err
	}
	f := said[0].(events.SignatureFailed)
	f.Over = f.Cause == causeRejected
	return l.tell(ctx, heard, f)
}

// tooLate ends an attempt whose last moment passed before it was opened. What an earlier try may have left at the
// service is withdrawn first.
func (l *listener) tooLate(ctx context.Context, heard events.Event, number int, w *work) ([]events.Payload, error) {
	if w.Begun {
		said, err := l.withdraw(ctx, heard, w)
		checked, is := said0(said).(events.SignatureChecked)
		if err != nil || !is || checked.State != events.SignatureNone {
			return said, err
		}
	}
	return l.tell(ctx, heard, events.SignatureFailed{Attempt: number, Act: persistclient.ActOpen, Cause: causeDeadline, Over: true})
}

func said0(said []events.Payload) events.Payload {
	if len(said) == 0 {
		return nil
	}
	return said[0]
}

// order is what the signature service is asked for. Nothing in it is made up here: the same attempt of the same
// contract gives the same order, however often it is opened.
func (l *listener) order(v persistclient.View, file []byte) signing.Order {
	o := signing.Order{
		Token: v.Token, Title: v.Title, Document: file, Language: v.Language, Deadline: v.Deadline,
		Ordered: v.Ordered, ReturnURL: l.returnURL,
	}
	for _, p := range v.People {
		o.People = append(o.People, signing.Signatory{
			ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone, Locale: p.Locale,
		})
	}
	return o
}
