package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/paraphe/paraphe/shared/contract"
)

// Prefix stands before every type on the wire.
const Prefix = "dev.paraphe."

// pingType is what Knative's PingSource calls its events; the source cannot be told another name
// (https://knative.dev/docs/eventing/sources/ping-source/reference/).
const pingType = "dev.knative.sources.ping"

// ErrMalformed says that an event is none of ours or is not well formed: hearing it again would not help.
var ErrMalformed = errors.New("malformed event")

// WireType is the CloudEvents type of p.
func WireType(p Payload) string {
	if _, clock := p.(ClockTicked); clock {
		return pingType
	}
	return Prefix + p.Type()
}

// types finds the Go type for a type on the wire.
var types = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(Catalogue))
	for _, p := range Catalogue {
		m[WireType(p)] = reflect.TypeOf(p)
	}
	return m
}()

// ToCloudEvent gives e its form on the wire. The data is handed over as bytes: the SDK would otherwise encode it
// a second time.
func ToCloudEvent(e Event) (cloudevents.Event, error) {
	data, err := e.wireData()
	if err != nil {
		return cloudevents.Event{}, err
	}
	ce := cloudevents.NewEvent()
	ce.SetID(e.ID)
	ce.SetSource(e.Source)
	ce.SetType(WireType(e.Payload))
	ce.SetTime(e.Time)
	if e.Subject != "" {
		ce.SetSubject(string(e.Subject))
		ce.SetExtension("partitionkey", string(e.Subject)) // keeps one contract's events in order where a broker can
	}
	if e.Traceparent != "" {
		ce.SetExtension("traceparent", e.Traceparent)
	}
	if e.Signature.Value != "" {
		ce.SetExtension(keyName, e.Signature.Key)
		ce.SetExtension(signatureName, e.Signature.Value)
	}
	if err := ce.SetData(cloudevents.ApplicationJSON, data); err != nil {
		return cloudevents.Event{}, fmt.Errorf("encode %s: %w", e.Payload.Type(), err)
	}
	// The SDK takes bytes for something binary. In structured mode these are to be read as the JSON that they are.
	ce.DataBase64 = false
	return ce, ce.Validate()
}

// FromCloudEvent reads an event. Its error is ErrMalformed if the type is unknown, the subject is missing or the
// data do not fit the type. Fields that the type does not have are passed over: an older listener receives a newer author.
func FromCloudEvent(ce cloudevents.Event) (Event, error) {
	if err := ce.Validate(); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	payload, err := decode(ce)
	if err != nil {
		return Event{}, err
	}
	e := Event{ID: ce.ID(), Source: ce.Source(), Subject: contract.ID(ce.Subject()), Time: ce.Time(), Payload: payload}
	e.Traceparent, _ = ce.Extensions()["traceparent"].(string)
	e.Signature = signatureOf(ce)
	if _, clock := payload.(ClockTicked); clock {
		return e, nil
	}
	if e.data = ce.Data(); e.Subject == "" && IsAboutContract(payload) {
		return Event{}, fmt.Errorf("%w: %s %s has no subject", ErrMalformed, ce.Type(), ce.ID())
	}
	return e, nil
}

func decode(ce cloudevents.Event) (Payload, error) {
	t, known := types[ce.Type()]
	if !known {
		return nil, fmt.Errorf("%w: unknown type %q", ErrMalformed, ce.Type())
	}
	if ce.Type() == pingType {
		return ClockTicked{}, nil
	}
	v := reflect.New(t)
	if err := json.Unmarshal(ce.Data(), v.Interface()); err != nil {
		return nil, fmt.Errorf("%w: data of %s: %s", ErrMalformed, ce.Type(), misfit(err))
	}
	return v.Elem().Interface().(Payload), nil
}

// misfit says where data do not fit their type. Go's own words quote a number that is in the wrong place, and this error
// goes into logs.
func misfit(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s is no %s", wrong.Field, wrong.Type)
	}
	return err.Error()
}

// FromRequest reads the event of an HTTP request, in binary or structured mode.
func FromRequest(ctx context.Context, r *http.Request) (Event, error) {
	ce, err := cloudEvent(ctx, r)
	if err != nil {
		return Event{}, err
	}
	return FromCloudEvent(ce)
}

func cloudEvent(ctx context.Context, r *http.Request) (cloudevents.Event, error) {
	m := cehttp.NewMessageFromHttpRequest(r)
	defer func() { _ = m.Finish(nil) }()
	if m.ReadEncoding() == binding.EncodingUnknown {
		return cloudevents.Event{}, fmt.Errorf("%w: neither binary nor structured mode", ErrMalformed)
	}
	ce, err := binding.ToEvent(ctx, m)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return cloudevents.Event{}, err
		}
		return cloudevents.Event{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return *ce, nil
}

// WriteRequest puts e into an HTTP request, in binary mode.
func WriteRequest(ctx context.Context, e Event, r *http.Request) error {
	ce, err := ToCloudEvent(e)
	if err != nil {
		return err
	}
	return cehttp.WriteRequest(ctx, binding.ToMessage(&ce), r)
}

// WriteReply puts e into an HTTP answer, in binary mode with this status.
func WriteReply(ctx context.Context, e Event, status int, w http.ResponseWriter) error {
	ce, err := ToCloudEvent(e)
	if err != nil {
		return err
	}
	return cehttp.WriteResponseWriter(ctx, binding.ToMessage(&ce), status, w)
}
