package broker

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// parse reads a Trigger's filter as a manifest has it.
func parse(t testing.TB, text string) (filter, error) {
	t.Helper()
	var spec struct {
		Filter  *legacyFilter `json:"filter"`
		Filters []filterSpec  `json:"filters"`
	}
	if err := yaml.UnmarshalStrict([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return newFilter(spec.Filter, spec.Filters)
}

// TestFiltersHearWhatKnativesHear holds cases whose outcome was seen with, or is read from, knative/eventing's
// pkg/eventfilter.
func TestFiltersHearWhatKnativesHear(t *testing.T) {
	t.Parallel()
	e := event("1", "dev.paraphe.mail.sent")
	e.SetExtension("count", 3)
	e.SetExtension("kind", "letter")
	for text, want := range map[string]bool{
		"":            true,
		"filter: {}":  true,
		"filters: []": true,
		"filter: {attributes: {type: dev.paraphe.mail.sent}}":                 true,
		"filter: {attributes: {type: dev.paraphe.mail}}":                      false,
		"filter: {attributes: {type: dev.paraphe.mail.sent, source: other}}":  false,
		"filter: {attributes: {kind: ''}}":                                    true,
		"filter: {attributes: {subject: ''}}":                                 false,
		"filter: {attributes: {missing: ''}}":                                 false,
		"filter: {attributes: {count: '3'}}":                                  false,
		"filters: [{exact: {count: '3'}}]":                                    true,
		"filters: [{exact: {type: dev.paraphe.mail.sent, kind: card}}]":       false,
		"filters: [{prefix: {type: dev.paraphe.mail}}]":                       true,
		"filters: [{prefix: {type: dev.paraphe.document}}]":                   false,
		"filters: [{suffix: {type: .sent}}]":                                  true,
		"filters: [{suffix: {missing: .sent}}]":                               false,
		"filters: [{suffix: {type: .sent}}, {exact: {kind: card}}]":           false,
		"filters: [{any: [{suffix: {type: .no}}, {exact: {kind: letter}}]}]":  true,
		"filters: [{all: [{suffix: {type: .no}}, {exact: {kind: letter}}]}]":  false,
		"filters: [{not: {exact: {missing: x}}}]":                             true,
		"filters: [{not: {exact: {kind: letter}}}]":                           false,
		"filters: [{exact: {kind: letter}}]\nfilter: {attributes: {type: x}}": true,
		`filters: [{cesql: "type = 'dev.paraphe.mail.sent'"}]`:                true,
		`filters: [{cesql: "type LIKE 'dev.paraphe.%' AND count > 2"}]`:       true,
		`filters: [{cesql: "missing = 'x'"}]`:                                 false,
		`filters: [{cesql: "NOT (missing = 'x')"}]`:                           false,
		`filters: [{cesql: "NOT EXISTS missing OR missing = 'x'"}]`:           true,
		`filters: [{cesql: "NO_SUCH_FUNCTION(type)"}]`:                        false,
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
		`filters: [{cesql: "type"}]`:                     "not true or false",
		`filters: [{cesql: "missing"}]`:                  "not true or false",
		`filters: [{cesql: "LENGTH(type)"}]`:             "not true or false",
		`filters: [{cesql: "'text'"}]`:                   "not true or false",
		`filters: [{cesql: "1 + 2"}]`:                    "not true or false",
		`filters: [{cesql: "type ="}]`:                   "cesql",
		`filters: [{}]`:                                  "0 dialects",
		`filters: [{exact: {a: b}, suffix: {a: b}}]`:     "2 dialects",
		`filters: [{exact: {}}]`:                         "no attribute",
		`filters: [{exact: {a: ''}}]`:                    "no attribute",
		`filters: [{exact: {Type: x}}]`:                  "no attribute",
		`filters: [{any: [{prefix: {a: b}, cesql: x}]}]`: "2 dialects",
		`filters: [{not: {exact: {}}}]`:                  "no attribute",
		`filter: {attributes: {myType: x}}`:              "no attribute",
	} {
		if _, err := parse(t, text); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: got %v, want an error with %q", text, err, fault)
		}
	}
}
