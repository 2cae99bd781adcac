package broker

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/types"
)

// filter reports whether a Trigger hears an event.
type filter func(cloudevents.Event) bool

type (
	// legacyFilter is Trigger.spec.filter: every attribute equal. It compares text only, so an extension that is a
	// number equals nothing; an empty value stands for any that is not empty.
	legacyFilter struct {
		Attributes map[string]string `json:"attributes"`
	}

	// filterSpec is one element of Trigger.spec.filters, in exactly one dialect of the Subscriptions API
	// (https://github.com/cloudevents/spec/blob/main/subscriptions/spec.md#324-filters).
	filterSpec struct {
		Exact  map[string]string `json:"exact"`
		Prefix map[string]string `json:"prefix"`
		Suffix map[string]string `json:"suffix"`
		All    []filterSpec      `json:"all"`
		Any    []filterSpec      `json:"any"`
		Not    *filterSpec       `json:"not"`
		CESQL  string            `json:"cesql"`
	}
)

// newFilter makes a Trigger's filter. If it has both forms, filters counts and filter does not.
func newFilter(legacy *legacyFilter, specs []filterSpec) (filter, error) {
	if len(specs) > 0 {
		parts, err := each(specs)
		return all(parts), err
	}
	if legacy == nil {
		return all(nil), nil
	}
	for name := range legacy.Attributes {
		if !attributeName.MatchString(name) {
			return nil, fmt.Errorf("filter: %q is no attribute's name", name)
		}
	}
	return func(e cloudevents.Event) bool {
		for name, want := range legacy.Attributes {
			if held, ok := attribute(e, name); !ok || held == "" || (want != "" && held != want) {
				return false
			}
		}
		return true
	}, nil
}

func each(specs []filterSpec) ([]filter, error) {
	parts := make([]filter, len(specs))
	for i, spec := range specs {
		var err error
		if parts[i], err = spec.filter(); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (s filterSpec) filter() (filter, error) {
	var made []filter
	var errs []error
	add := func(f filter, err error) { made, errs = append(made, f), append(errs, err) }
	if s.Exact != nil {
		add(compare("exact", s.Exact, func(held, want string) bool { return held == want }))
	}
	if s.Prefix != nil {
		add(compare("prefix", s.Prefix, strings.HasPrefix))
	}
	if s.Suffix != nil {
		add(compare("suffix", s.Suffix, strings.HasSuffix))
	}
	if s.All != nil {
		parts, err := each(s.All)
		add(all(parts), err)
	}
	if s.Any != nil {
		parts, err := each(s.Any)
		add(anyOf(parts), err)
	}
	if s.Not != nil {
		part, err := s.Not.filter()
		add(func(e cloudevents.Event) bool { return !part(e) }, err)
	}
	if s.CESQL != "" {
		add(newCESQL(s.CESQL))
	}
	if len(made) != 1 {
		return nil, fmt.Errorf("filters: an element has %d dialects, not one", len(made))
	}
	return made[0], errors.Join(errs...)
}

func all(parts []filter) filter {
	return func(e cloudevents.Event) bool {
		for _, part := range parts {
			if !part(e) {
				return false
			}
		}
		return true
	}
}

func anyOf(parts []filter) filter {
	return func(e cloudevents.Event) bool {
		for _, part := range parts {
			if part(e) {
				return true
			}
		}
		return false
	}
}

var attributeName = regexp.MustCompile(`^[a-z0-9]+$`)

// compare makes a filter that holds if every attribute is there and fits, each written out as text first.
func compare(dialect string, wants map[string]string, fits func(held, want string) bool) (filter, error) {
	for name, want := range wants {
		if !attributeName.MatchString(name) || want == "" {
			return nil, fmt.Errorf("filters: %s: %q: %q is no attribute with a value", dialect, name, want)
		}
	}
	if len(wants) == 0 {
		return nil, fmt.Errorf("filters: %s names no attribute", dialect)
	}
	return func(e cloudevents.Event) bool {
		for name, want := range wants {
			held, ok := attribute(e, name)
			if !ok {
				return false
			}
			if text, err := types.Format(held); err != nil || !fits(text, want) {
				return false
			}
		}
		return true
	}, nil
}

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
