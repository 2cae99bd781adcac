package orchestrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/record"
)

// listener hears events: of contract facts it decides what follows, and its own commands it carries out at the
// signature service. It keeps nothing between two of them.
type listener struct {
	record    *record.Client // speaks as orchestrate itself
	service   signing.Service
	now       func() time.Time
	returnURL string // where signers come back to
}

// handle implements function.Handler.
func (l *listener) handle(ctx context.Context, believed events.Verified) ([]events.Event, error) {
	heard := believed.Event()
	payloads, err := l.answer(ctx, heard)
	if err != nil {
		return nil, err
	}
	said := make([]events.Event, len(payloads))
	for i, p := range payloads {
		if said[i], err = events.Reply(heard, Manifest.Name, p); err != nil {
			return nil, err
		}
	}
	return said, nil
}

// answer knows its events by type. Contract facts are all alike here: what counts is how the contract stands.
func (l *listener) answer(ctx context.Context, heard events.Event) ([]events.Payload, error) {
	switch p := heard.Payload.(type) {
	case interface{ Told() events.Snapshot }:
		return l.follow(heard, p.Told())
	case events.OpenSignature:
		return l.open(ctx, heard.Subject, p.Attempt)
	case events.CheckSignature:
		return l.check(ctx, heard, p.Attempt)
	case events.CancelSignature:
		return l.cancel(ctx, heard, p.Attempt)
	}
	return nil, function.Refuse("%s is nothing that orchestrate hears", heard.Payload.Type())
}

// follow decides what follows from a contract fact. The snapshot in it may be old, if the event was held up: what it
// sets off is checked against the record by whoever carries it out.
func (l *listener) follow(heard events.Event, s events.Snapshot) ([]events.Payload, error) {
	if s.Contract.ID != heard.Subject {
		return nil, function.Refuse("%s of %s tells of another contract", heard.Payload.Type(), heard.Subject)
	}
	news := s.News
	if heard.Payload.Type() == timeCame {
		news = timeCame
	}
	return decide(s.Contract, news, l.now()), nil
}

// contract returns the contract as it stands. One that is not on record will not be there the next time either.
func (l *listener) contract(ctx context.Context, id contract.ID) (record.View, error) {
	v, err := l.record.Contract(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return record.View{}, function.Refuse("contract %s: %w", id, err)
	}
	if err != nil {
		return record.View{}, fmt.Errorf("read contract %s: %w", id, err)
	}
	return v, nil
}

// instruction turns an error of the signature service into one that tells the broker what to do.
func instruction(act string, id contract.ID, err error) error {
	err = fmt.Errorf("%s contract %s: %w", act, id, err)
	var limited signing.Limited
	if errors.As(err, &limited) {
		return function.Later{After: limited.After, Cause: err}
	}
	return err
}

// never says in words why the signature service will not take something, or "" if trying again may help. The words
// name fields and never what is in them, so that they may be shown and kept.
func never(err error) string {
	var rejected signing.Rejected
	if !errors.As(err, &rejected) {
		return ""
	}
	return fmt.Sprintf("the signature service refused: %s (%d %s)", rejected.Detail, rejected.Status, rejected.Type)
}
