// Package function runs a function: it reads its settings, consumes and publishes events, answers for
// its health and drains when it is told to stop. It alone reads the environment and the clock.
package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// Manifest is what a function promises. eventing/ and knative/ are checked against it in both directions.
type Manifest struct {
	Name     string           // folder, image, Knative Service, CloudEvents source, log field and FUNCTION
	Consumes []events.Payload // one Trigger each, in eventing/triggers/<name>.yaml
	Produces []events.Payload
	Settings any // a zero Settings struct: its envconfig tags are what knative/manifests may set
}

// Handler handles an event and returns the events to publish because of it.
//
// It takes nothing that was not checked: events.Verified is what the way in made of the event. What it returns is
// published. A nil error means done. A Refusal means never: the event goes to the dead letters.
// A Later means not before then. Any other error means give it to me again.
type Handler func(ctx context.Context, in events.Verified) (out []events.Event, err error)

// Function is a function ready to be served.
type Function struct {
	Manifest  Manifest
	Handle    Handler                     // nil if it consumes nothing
	Publisher SigningPublisher            // signs and publishes what Handle returns, and verifies what is consumed
	Routes    http.Handler                // what is no event; nil if there is nothing else
	Ready     func(context.Context) error // why it cannot work yet, or nil; absent: always ready
	Start     func(context.Context) error // begins what goes on beside requests, such as connecting; must not block
	Stop      func(context.Context) error // ends it, once no request is left
}

// Boot is what a function is made from: everything that it needs and may not reach out for.
type Boot struct {
	Name    string
	Now     func() time.Time
	Log     *slog.Logger
	Publish Publisher                       // the broker; a function publishes to it through a SigningPublisher
	Lookup  func(key string) (string, bool) // the environment
}

// Publisher publishes events. An error means that at least one of them may not have been taken.
type Publisher interface {
	Publish(ctx context.Context, out ...events.Event) error
}

// Refusal is the error for what can never work, however often it is tried.
type Refusal struct{ Cause error }

func (r Refusal) Error() string { return "refused: " + r.Cause.Error() }
func (r Refusal) Unwrap() error { return r.Cause }

// Refuse makes a Refusal with its reason in words. The reason is kept beside the dead letter: nothing personal.
func Refuse(format string, args ...any) error { return Refusal{Cause: fmt.Errorf(format, args...)} }

// Later is the error for what another service asked to be tried again only after a while.
type Later struct {
	After time.Duration
	Cause error
}

func (l Later) Error() string { return fmt.Sprintf("not before %s: %s", l.After, l.Cause) }
func (l Later) Unwrap() error { return l.Cause }

// Unavailable is the error for what cannot be reached at the moment, such as the database: HTTP 503.
type Unavailable struct{ Cause error }

func (u Unavailable) Error() string { return "unavailable: " + u.Cause.Error() }
func (u Unavailable) Unwrap() error { return u.Cause }

// Refused reports whether err says that trying again is useless.
func Refused(err error) bool {
	var r Refusal
	return errors.As(err, &r) || errors.Is(err, events.ErrMalformed)
}
