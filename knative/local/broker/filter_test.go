package broker

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// parse reads a Trigger's filter as a manifest has it.
func parse(t testing.TB, text string) (filter, error) {
	t.Helper()
	var spec struct {
		Filter  *attributeFilter `json:"filter"`
		Filters json.RawMessage  `json:"filters"`
	}
	if err := yaml.UnmarshalStrict([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return newFilter(spec.Filter, spec.Filters)
}

// TestFiltersMatchAsKnativesDo holds cases whose outcome was seen with, or is read from, knative/eventing's
// pkg/eventfilter.
func TestFiltersMatchAsKnativesDo(t *testing.T) {
	t.Parallel()
	e := event("1", "dev.paraphe.mail.sent")
	e.SetExtension("count", 3)
	e.SetExtension("kind", "letter")
	for text, want := range map[string]bool{
		"":            true,
		"filter: {}":  true,
		"filters: []": true,
		"filter: {attributes: {type: dev.paraphe.mail.sent}}":                true,
		"filter: {attributes: {type: dev.paraphe.mail}}":                     false,
		"filter: {attributes: {type: dev.paraphe.mail.sent, source: other}}": false,
		"filter: {attributes: {kind: ''}}":                                   true,
		"filter: {attributes: {subject: ''}}":                                false,
		"filter: {attributes: {missing: ''}}":                                false,
		"filter: {attributes: {count: '3'}}":                                 false,
	} {
		f, err := parse(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f(e); got != want {
			t.Errorf("%s: heard %v, want %v", text, got, want)
		}
	}
}

func TestAFilterThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]string{
		`filter: {attributes: {myType: x}}`:                                   "not the name of an attribute",
		`filters: [{exact: {type: x}}]`:                                       "spec.filters",
		`filters: {exact: {type: x}}`:                                         "spec.filters",
		"filters: [{cesql: \"type = 'x'\"}]\nfilter: {attributes: {type: x}}": "spec.filters",
	} {
		if _, err := parse(t, text); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: got %v, want an error with %q", text, err, fault)
		}
	}
}
