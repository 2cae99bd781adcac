package orchestrate

import (
	"context"
	"fmt"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

// open hands the contract over to the signature service. A command that came too late does nothing: the contract
// was cancelled meanwhile, is at the service already, or has begun another attempt.
func (l *listener) open(ctx context.Context, id contract.ID, number int) ([]events.Payload, error) {
	v, err := l.contract(ctx, id)
	if err != nil {
		return nil, err
	}
	c := v.Contract
	if c.Status != contract.Preparing || c.Document == nil || atService(c) || attempt(c) != number {
		return nil, nil
	}
	if v.Token == "" {
		return nil, function.Refuse("attempt %d of contract %s has no sealed message on record", number, id)
	}
	if !l.now().Before(c.Deadline) {
		return refusedToOpen(number, "its deadline passed before it was sent"), nil
	}
	file, err := l.record.File(ctx, id, c.Document.SHA256)
	if err != nil {
		return nil, fmt.Errorf("fetch the document of contract %s: %w", id, err)
	}
	opened, err := l.service.Open(ctx, l.order(v, file), signing.Progress{Begun: true}) // nothing is noted: search first
	if why := never(err); why != "" {
		return refusedToOpen(number, why), nil
	}
	if err != nil {
		return nil, instruction("open", id, err)
	}
	request := contract.Request{Attempt: number, ID: opened.RequestID, Signers: opened.Signers}
	return []events.Payload{afterOpening(c, request)}, nil
}

// refusedToOpen says that this attempt will never be opened: a person must look.
func refusedToOpen(number int, why string) []events.Payload {
	return []events.Payload{events.SignatureChecked{Attempt: number, State: events.SignatureFailed, Trouble: why}}
}

// order is what the signature service is asked for. Nothing in it is made up here: the same attempt of the same
// contract gives the same order, however often it is opened.
func (l *listener) order(v record.View, file []byte) signing.Order {
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
