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

// Voice is how a function says events: each gets its time, the trace of its work and its author's signature, and goes
// to the broker. It is a Publisher. One without Signatures neither says nor believes anything.
type Voice struct {
	Signatures Signatures
	To         Publisher
	Now        func() time.Time
}

// Voice is the voice of the function that b makes.
func (b Boot) Voice(s Signatures) Voice { return Voice{Signatures: s, To: b.Publish, Now: b.Now} }

// errNoKeys is the fault of a function that was put together without its keys.
var errNoKeys = errors.New("this function has no keys for events")

// Publish implements Publisher.
func (v Voice) Publish(ctx context.Context, said ...events.Event) error {
	signed := make([]events.Event, len(said))
	for i, e := range said {
		var err error
		if signed[i], err = v.complete(ctx, e); err != nil {
			return err
		}
	}
	return v.To.Publish(ctx, signed...)
}

// complete adds when an event is said, what work it belongs to and who says it. The signature is last: it covers the
// time.
func (v Voice) complete(ctx context.Context, e events.Event) (events.Event, error) {
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

// Believe lets an event in that came by this way, if a function with this manifest hears such events at all and
// Signatures.Verify lets it pass. Whatever a function is told comes in by here.
func (v Voice) Believe(told events.Event, came events.Way, m Manifest) (events.Verified, error) {
	if v.Signatures == nil {
		return events.Verified{}, errNoKeys
	}
	for _, p := range m.Hears {
		if p.Type() == told.Payload.Type() {
			return v.Signatures.Verify(told, came)
		}
	}
	return events.Verified{}, Refuse("%s does not hear %s", m.Name, told.Payload.Type())
}
