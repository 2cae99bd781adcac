package broker

import (
	"encoding/base64"
	"strings"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// errorDataLimit is how much of a failure's text fits into knativeerrordata: 1024 characters of base64.
const errorDataLimit = 1024 / 4 * 3

func truncate(text string) []byte {
	if len(text) > errorDataLimit {
		text = strings.ToValidUTF8(text[:errorDataLimit], "")
	}
	return []byte(text)
}

// outgoing is the event as it is sent: without the broker's own count of hops and, to the dead letters, with why it
// goes there (https://knative.dev/docs/eventing/event-delivery/). Id and source are the original's.
func (d *delivery) outgoing() cloudevents.Event {
	e := cloudevents.Event{Context: d.event.Context.Clone(), DataEncoded: d.event.DataEncoded}
	e.SetExtension(ttlName, nil)
	if d.dead == nil {
		return e
	}
	e.SetExtension("knativeerrordest", d.dead.Address)
	e.SetExtension("knativeerrorcode", d.dead.Status)
	if len(d.dead.Body) > 0 {
		e.SetExtension("knativeerrordata", base64.StdEncoding.EncodeToString(d.dead.Body))
	}
	return e
}
