// Package decisions decides what follows from events, and carries out at the signature service what was decided.
package decisions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Handler handles events: of contract facts it decides what follows, and its own commands it carries out at the
// signature service. It keeps nothing between two of them.
type Handler struct {
	Name      string                // of the function, in its events
	Record    *persistclient.Client // speaks as orchestrate itself
	Service   signing.Service
	Now       func() time.Time
	Log       *slog.Logger
	ReturnURL string // where signers come back to

	PerMinute int                                          // calls of the signature service, all instances together; 0 without limit
	Settle    time.Duration                                // wait after the last try to open an attempt before "no such request" counts
	Unseal    func(externalID string) (auth.Sealed, error) // opens what a request at the service bears, if it is one of this installation
}

// Handle implements function.Handler.
func (l *Handler) Handle(ctx context.Context, verified events.Verified) ([]events.Event, error) {
	in := verified.Event()
	payloads, err := l.decide(ctx, in)
	if err != nil {
		return nil, err
	}
	out := make([]events.Event, len(payloads))
	for i, p := range payloads {
		if out[i], err = events.Reply(in, l.Name, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// decide knows the events by type. Contract facts are all alike here: what counts is how the contract stands.
func (l *Handler) decide(ctx context.Context, in events.Event) ([]events.Payload, error) {
	switch p := in.Payload.(type) {
	case interface{ AsSnapshot() events.Snapshot }:
		return l.follow(in, p.AsSnapshot())
	case events.OpenSignature:
		return l.open(ctx, in, p.Attempt)
	case events.CheckSignature:
		return l.check(ctx, in, p.Attempt)
	case events.SweepDue:
		return l.sweep(ctx, p)
	case events.CancelSignature:
		return l.cancel(ctx, in, p.Attempt)
	}
	return nil, function.Refuse("orchestrate does not consume %s", in.Payload.Type())
}

// follow decides what follows from a contract fact. The snapshot in it may be old, if the event was held up: what it
// sets off is checked against the record by whoever carries it out.
func (l *Handler) follow(in events.Event, s events.Snapshot) ([]events.Payload, error) {
	if s.Contract.ID != in.Subject {
		return nil, function.Refuse("%s of contract %s carries the data of another contract", in.Payload.Type(), in.Subject)
	}
	news := s.Cause
	if due := (events.ContractDue{}).Type(); in.Payload.Type() == due {
		news = due
	}
	return lifecycle.Decide(s.Contract, news, l.Now()), nil
}

// report puts a fact about an outward act on record before its event is published: that may be lost, and then nobody
// would know of the act.
func (l *Handler) report(ctx context.Context, in events.Event, p events.Payload, files ...[]byte) ([]events.Payload, error) {
	fact, err := events.Reply(in, l.Name, p) // as handle will say it
	if err != nil {
		return nil, err
	}
	if err := l.Record.RecordFact(ctx, fact, files...); err != nil {
		return nil, fmt.Errorf("record %s of contract %s: %w", p.Type(), in.Subject, err)
	}
	function.Point("orchestrate.fact-told")
	return []events.Payload{p}, nil
}

// failure says what an error of the signature service means. Nothing in it says how the request stands there. An error
// that may be gone in a moment is returned, and the broker delivers the command again.
func failure(attempt int, act string, id contract.ID, err error) ([]events.Payload, error) {
	f := events.SignatureFailed{Attempt: attempt, Act: act}
	var rejected signing.Rejected
	var fault signing.Fault
	var limited signing.Limited
	switch {
	case errors.As(err, &fault):
		f.Cause, f.Ours = fault.Cause, true
		if fault.Status != 0 {
			f.Detail = fmt.Sprintf("the signature service answered %d", fault.Status)
		}
	case errors.As(err, &rejected):
		f.Cause, f.Detail = signing.CauseRejected, fmt.Sprintf("%d %s %s", rejected.Status, rejected.Type, rejected.Detail)
	case errors.Is(err, signing.ErrUnknown):
		f.Cause, f.Ours = lifecycle.CauseNotFound, true
	case errors.As(err, &limited):
		return nil, function.Later{After: limited.After, Cause: fmt.Errorf("%s contract %s: %w", act, id, err)}
	default:
		return nil, fmt.Errorf("%s contract %s: %w", act, id, err)
	}
	return []events.Payload{f}, nil
}
