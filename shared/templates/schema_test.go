package templates

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// values are what a person or a program might send for a field.
var values = []any{
	nil, true, "", "x", "one", "two\nlines", strings.Repeat("é", 120), strings.Repeat("é", 121), strings.Repeat("x", 5000),
	"2026-12-31", "2026-02-30", "2026-1-1", "31.12.2026",
	"ana@example.org", "ana.b+c@xn--caf-dma.example", "ana", "ana@", "ana@example..org", ".ana@example.org", "a b@example.org",
	"ana@-x.org", "ana@exa_mple.org", "ana@example.org\nbcc: b@example.org", "Ana <ana@example.org>", "anä@example.org", "a@é.fr",
	strings.Repeat("a", 64) + "@example.org", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 64) + ".org",
	number("-1"), number("0"), number("-0.0"), number("0.01"), number("0.009"), number("1.005"), number("19.99"), number("20.00"), number("2.1"), number("2.10001"),
	number("1"), number("1.0"), number("1.5"), number("12"), number("13"), number("60.0"), number("61"), number("731"), number("99999"), number("999999.99"), number("1000000"),
	[]any{}, []any{nil}, []any{"x", number("1")}, slices.Repeat([]any{map[string]any{}}, 41), map[string]any{}, map[string]any{"name": "x", "colour": "red"},
}

func number(written string) json.Number { return json.Number(written) }

func TestAWholeValidatorFindsTheSameFieldsWrongInEveryTemplate(t *testing.T) {
	t.Parallel()
	for _, template := range catalog() {
		t.Run(template.Ref(), func(t *testing.T) {
			t.Parallel()
			whole := compiled(t, template.Schema)
			for _, place := range places(decoded(t, template.Example())) {
				for _, value := range values {
					agreed(t, template.schema(), whole, put(decoded(t, template.Example()), place, value))
				}
				agreed(t, template.schema(), whole, without(decoded(t, template.Example()), place))
			}
		})
	}
}

func TestAWholeValidatorReadsEveryKeywordTheSame(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":20}`, `{"minimum":1,"maximum":13}`, `{"multipleOf":0.1}`, `{"multipleOf":1.5}`,
		`{"type":"integer"}`, `{"type":"boolean"}`, `{"type":"object","required":["name"]}`, `{"additionalProperties":true}`, `{"properties":{"name":{"maxLength":0}}}`,
		`{"pattern":"^x"}`, `{"minLength":2,"maxLength":120}`, `{"format":"date"}`, `{"format":"email"}`, `{"enum":["x",20,2.1,true,{}]}`,
		`{"type":"array","minItems":1,"maxItems":40,"items":{"type":"string"}}`, `{"maxItems":0}`, `{"items":{"$ref":"#/$defs/x"},"$defs":{"x":{"type":"number"}}}`,
		`{"$ref":"#/$defs/x","minimum":1,"$defs":{"x":{"multipleOf":0.5}}}`,
	} {
		ours, err := readSchema([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		whole := compiled(t, []byte(text))
		for _, value := range values {
			agreed(t, ours, whole, value)
		}
	}
}

func TestASchemaThatCannotBeJudgedByIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "[]", "true", `{"const":1}`, `{"anyOf":[]}`, `{"items":{"uniqueItems":true}}`, `{"additionalProperties":{"type":"string"}}`, `{"type":["string","null"]}`,
		`{"type":"text"}`, `{"properties":{"a":{"format":"uri"}}}`, `{"$ref":"#/$defs/x"}`, `{"$ref":"other.json"}`, `{"$defs":{"x":{"pattern":"("}}}`, `{"maxLength":"3"}`,
	} {
		if _, err := readSchema([]byte(text)); err == nil {
			t.Errorf("%s is taken for a schema that this package can judge by", text)
		}
	}
}

// agreed requires that both find the same fields wrong; the words are ours alone.
func agreed(t *testing.T, ours *schema, whole oracle, value any) {
	t.Helper()
	found := &findings{reasons: map[string]string{}}
	found.judge(ours, "", value)
	if got, want := slices.Sorted(maps.Keys(found.reasons)), whole.wrong(value); !slices.Equal(got, want) {
		written, _ := json.Marshal(value)
		t.Errorf("%.3000s: found %v wrong, a whole validator %v", written, found.reasons, want)
	}
}
