package function

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// Signatures are how functions know each other's events: package auth has them.
type Signatures interface {
	// Sign signs an event of this function's own. One that is signed already stays as it is.
	Sign(events.Event) (events.Event, error)
	// Verify is events.Verify with the keys that this function knows. Its error is a Refusal.
	Verify(events.Event, events.Way) (events.Verified, error)
}

// SigningPublisher publishes a function's events: each gets its time, the trace of its work and its author's signature, and goes
// to the broker. It is a Publisher. Without Signatures it neither publishes nor verifies anything.
type SigningPublisher struct {
	Signatures Signatures
	To         Publisher
	Now        func() time.Time
}

// SigningPublisher makes the publisher of the function that b makes.
func (b Boot) SigningPublisher(s Signatures) SigningPublisher {
	return SigningPublisher{Signatures: s, To: b.Publish, Now: b.Now}
}

// errNoKeys is the fault of a function that was put together without its keys.
var errNoKeys = errors.New("this function has no keys for events")

// Publish implements Publisher.
func (v SigningPublisher) Publish(ctx context.Context, out ...events.Event) error {
	signed := make([]events.Event, len(out))
	for i, e := range out {
		var err error
		if signed[i], err = v.stamp(ctx, e); err != nil {
			return err
		}
	}
	return v.To.Publish(ctx, signed...)
}

// stamp adds the time of an event, the trace of its work and its author's signature. The signature is last: it covers the
// time.
func (v SigningPublisher) stamp(ctx context.Context, e events.Event) (events.Event, error) {
	if v.Signatures == nil {
		return events.Event{}, errNoKeys
	}
	if e.Time.IsZero() {
		e.Time = v.Now().UTC()
	}
	if t := Trace(ctx); t != "" {
		e.Traceparent = t
	}
	signed, err := v.Signatures.Sign(e)
	if err != nil {
		return events.Event{}, fmt.Errorf("sign %s of %s: %w", e.Payload.Type(), e.Subject, err)
	}
	return signed, nil
}

// Verify verifies an event that came by this way: a function with this manifest consumes such events, and
// Signatures.Verify lets it pass. Whatever a function is told comes in by here.
func (v SigningPublisher) Verify(in events.Event, came events.Way, m Manifest) (events.Verified, error) {
	if v.Signatures == nil {
		return events.Verified{}, errNoKeys
	}
	for _, p := range m.Consumes {
		if p.Type() == in.Payload.Type() {
			return v.Signatures.Verify(in, came)
		}
	}
	return events.Verified{}, Refuse("%s does not consume %s", m.Name, in.Payload.Type())
}
