package events

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/paraphe/paraphe/shared/contract"
)

// Undelivered is an event of one of our functions that nobody took: a dead letter. That its source said it is proved by the
// signature, whether or not anybody here can read it any more: its type may be unknown by now, or its data not fit. Why it
// was not taken is what the Broker tells.
type Undelivered struct {
	ID, Source, Type string
	Subject          contract.ID

	Listener string // the address that did not take it
	Status   string // the HTTP status of its answer
	Answer   string // the beginning of its answer, in base64

	signature Signature
	event     cloudevents.Event
}

// Knative's extension attributes of a dead letter (https://knative.dev/docs/eventing/event-delivery/).
const (
	listenerName = "knativeerrordest"
	statusName   = "knativeerrorcode"
	answerName   = "knativeerrordata"
)

// ReadUndelivered reads the dead letter of an HTTP request. Its error is ErrMalformed if it is no event, and ErrNotAuthor
// if none of our functions signed it, or one that may not say it. keys are the public halves of every function's keys, by their names.
func ReadUndelivered(ctx context.Context, r *http.Request, keys map[string]ed25519.PublicKey) (Undelivered, error) {
	ce, err := cloudEvent(ctx, r)
	if err != nil {
		return Undelivered{}, err
	}
	if err := ce.Validate(); err != nil {
		return Undelivered{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	u := Undelivered{
		ID: ce.ID(), Source: ce.Source(), Type: ce.Type(), Subject: contract.ID(ce.Subject()),
		Listener: extension(ce, listenerName), Status: extension(ce, statusName), Answer: extension(ce, answerName),
		signature: signatureOf(ce), event: ce,
	}
	return u, u.prove(keys)
}

// prove requires that a key of its source signed it, if it is not the clock's.
func (u Undelivered) prove(keys map[string]ed25519.PublicKey) error {
	key, known := keys[u.signature.Key]
	text, err := signedText(u.ID, u.Source, u.Type, string(u.Subject), u.event.Time(), u.event.Data())
	why := ""
	switch {
	case u.Tick():
		if !strings.HasPrefix(u.Source, clockSource) {
			why = "it comes from no clock"
		}
	case err != nil:
		return err
	case u.signature.Value == "":
		why = "it has no signature"
	case !known:
		why = "its key is unknown"
	case KeyOwner(u.signature.Key) != u.Source:
		why = "its key belongs to another function"
	case u.forbidden():
		why = "its source may not say " + strings.TrimPrefix(u.Type, Prefix)
	case !u.signature.holds(key, text):
		why = "its signature does not hold"
	}
	if why != "" {
		return fmt.Errorf("%w: %s", ErrNotAuthor, why)
	}
	return nil
}

// forbidden reports whether this is known as another's to say.
func (u Undelivered) forbidden() bool {
	t, known := types[u.Type]
	return known && Author(reflect.New(t).Elem().Interface().(Payload)) != u.Source
}

// Tick reports whether it is the clock's, which signs nothing. The next one says the same.
func (u Undelivered) Tick() bool { return u.Type == pingType }

// Event reads it as what it says. Its error is ErrMalformed if that is nothing that is known here.
func (u Undelivered) Event() (Event, error) { return FromCloudEvent(u.event) }

// Structured is the event as it was said, as one JSON text: what was signed, the signature, and nothing else of what came.
func (u Undelivered) Structured() ([]byte, error) {
	ce := cloudevents.NewEvent()
	ce.SetID(u.ID)
	ce.SetSource(u.Source)
	ce.SetType(u.Type)
	ce.SetSubject(string(u.Subject))
	ce.SetTime(u.event.Time())
	ce.SetExtension(keyName, u.signature.Key)
	ce.SetExtension(signatureName, u.signature.Value)
	if err := ce.SetData(cloudevents.ApplicationJSON, u.event.Data()); err != nil {
		return nil, fmt.Errorf("encode %s: %w", u.Type, err)
	}
	ce.DataBase64 = false // the SDK takes bytes for something binary
	return json.Marshal(ce)
}

// extension is an extension attribute as text: in structured mode, a number may stand where binary mode has text.
func extension(ce cloudevents.Event, name string) string {
	value, there := ce.Extensions()[name]
	if !there {
		return ""
	}
	return fmt.Sprint(value)
}
