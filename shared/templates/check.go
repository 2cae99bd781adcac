package templates

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/paraphe/paraphe/shared/function"
)

// numberLimit is the most characters that a number may be written with. It keeps 1e999999 from being worked out.
const numberLimit = 20

// nameLimit is how much is repeated of a name that nobody expected.
const nameLimit = 40

// Check says what is wrong with the data of a contract: at most one reason per field, ordered by field, nil if
// nothing is. Beyond the schema it refuses what the document's fonts cannot draw. Fields are written as in the data:
// "services[0].price". No reason repeats a value.
func (t Template) Check(data json.RawMessage) []function.FieldError {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return []function.FieldError{{Field: "data", Reason: "must be valid JSON"}}
	}
	found := &findings{reasons: map[string]string{}}
	found.unusable("", value)
	if len(found.reasons) == 0 { // the schema may be asked only about numbers of a sane length
		var invalid *jsonschema.ValidationError
		if errors.As(t.compiled().Validate(value), &invalid) {
			found.of(invalid)
		}
	}
	return found.sorted()
}

// findings collects what is wrong, one reason for each field.
type findings struct{ reasons map[string]string }

func (f *findings) add(field, reason string) {
	field = cmp.Or(field, "data")
	if _, said := f.reasons[field]; !said {
		f.reasons[field] = reason
	}
}

func (f *findings) sorted() []function.FieldError {
	var all []function.FieldError
	for _, field := range slices.Sorted(maps.Keys(f.reasons)) {
		all = append(all, function.FieldError{Field: field, Reason: f.reasons[field]})
	}
	return all
}

// unusable looks for what no schema says: characters that cannot be drawn, texts of nothing but spaces, and numbers
// that nobody writes.
func (f *findings) unusable(field string, value any) {
	switch v := value.(type) {
	case string:
		if r, bad := Undrawable(v); bad {
			f.add(field, fmt.Sprintf("has a character that the document cannot show: %U", r))
		}
		if strings.TrimSpace(v) == "" {
			f.add(field, "must not be empty")
		}
	case json.Number:
		if len(v) > numberLimit || strings.ContainsAny(string(v), "eE") {
			f.add(field, "must be a plain decimal number")
		}
	case []any:
		for i, item := range v {
			f.unusable(fmt.Sprintf("%s[%d]", field, i), item)
		}
	case map[string]any:
		for name, member := range v {
			f.unusable(join(field, name), member)
		}
	}
}

// of takes the reasons out of the tree of the validator's errors: only its leaves concern a field.
func (f *findings) of(e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		f.of(cause)
	}
	if len(e.Causes) > 0 {
		return
	}
	field := fieldPath(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			f.add(join(field, name), "is missing")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			f.add(join(field, name), "is not asked for")
		}
	default:
		f.add(field, reason(e.ErrorKind))
	}
}

// fieldPath writes a JSON pointer's parts as clients write a field. No property of a template is called by a number.
func fieldPath(parts []string) string {
	field := ""
	for _, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			field += "[" + part + "]"
			continue
		}
		field = join(field, part)
	}
	return field
}

func join(field, name string) string {
	if utf8.RuneCountInString(name) > nameLimit {
		name = string([]rune(name)[:nameLimit]) + "…"
	}
	if field == "" {
		return name
	}
	return field + "." + name
}
