package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// filter reports whether a Trigger matches an event.
type filter func(cloudevents.Event) bool

// attributeFilter is Trigger.spec.filter: every attribute equal. It compares text only, so an extension that is a number
// equals nothing; an empty value stands for any that is not empty.
type attributeFilter struct {
	Attributes map[string]string `json:"attributes"`
}

// newFilter makes a Trigger's filter. spec.filters, the Subscriptions API's dialects, is refused and not ignored: a cluster
// would follow it instead of spec.filter, and no Trigger of the project may use it (tests/manifests).
func newFilter(spec *attributeFilter, dialects json.RawMessage) (filter, error) {
	if text := string(dialects); text != "" && text != "[]" && text != "null" {
		return nil, errors.New("spec.filters is not supported: use spec.filter.attributes, for example {type: mail.sent}")
	}
	if spec == nil {
		return func(cloudevents.Event) bool { return true }, nil
	}
	for name := range spec.Attributes {
		if !attributeName.MatchString(name) {
			return nil, fmt.Errorf("filter: %q is not the name of an attribute: lower-case letters and digits, for example type", name)
		}
	}
	return func(e cloudevents.Event) bool {
		for name, want := range spec.Attributes {
			if held, ok := attribute(e, name); !ok || held == "" || (want != "" && held != want) {
				return false
			}
		}
		return true
	}, nil
}

var attributeName = regexp.MustCompile(`^[a-z0-9]+$`)

// attribute finds a context attribute. Those of the specification are always there, if only as an empty text.
func attribute(e cloudevents.Event, name string) (value any, ok bool) {
	switch name {
	case "specversion":
		return e.SpecVersion(), true
	case "id":
		return e.ID(), true
	case "source":
		return e.Source(), true
	case "type":
		return e.Type(), true
	case "subject":
		return e.Subject(), true
	case "time":
		return e.Time().Format(time.RFC3339Nano), true
	case "dataschema":
		return e.DataSchema(), true
	case "datacontenttype":
		return e.DataContentType(), true
	}
	value, ok = e.Extensions()[name]
	return value, ok
}
