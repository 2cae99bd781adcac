package events

import (
	"encoding/json"
	"fmt"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// StructuredType is the media type of an event as one JSON text (CloudEvents JSON format §3).
const StructuredType = cloudevents.ApplicationCloudEventsJSON

// Structured gives e the form of one JSON text.
func Structured(e Event) ([]byte, error) {
	ce, err := ToCloudEvent(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(ce)
}

// FromStructured reads an event from one JSON text. Its error is ErrMalformed if it is none of ours.
func FromStructured(text []byte) (Event, error) {
	var ce cloudevents.Event
	if err := json.Unmarshal(text, &ce); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return FromCloudEvent(ce)
}
