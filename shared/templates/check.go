package templates

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

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
	value, err := decode(data)
	if err != nil {
		return []function.FieldError{{Field: "data", Reason: "must be valid JSON"}}
	}
	found := &findings{reasons: map[string]string{}}
	found.unusable("", value)
	if len(found.reasons) == 0 { // the schema may be asked only about numbers of a sane length
		found.judge(t.schema(), "", value)
	}
	return found.sorted()
}

// decode reads one JSON value with its numbers as they are written.
func decode(data []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something comes after the value")
	}
	return value, nil
}

// findings collects what is wrong, one reason for each field.
type findings struct{ reasons map[string]string }

func (f *findings) add(field, reason string) {
	field = cmp.Or(field, "data")
	if _, output := f.reasons[field]; !output {
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

// judge adds what is wrong with the value at field, and within it.
func (f *findings) judge(s *schema, field string, value any) {
	if s.target != nil {
		f.judge(s.target, field, value)
	}
	if why := s.why(value); why != "" {
		f.add(field, why)
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if s.Items != nil {
				f.judge(s.Items, fmt.Sprintf("%s[%d]", field, i), item)
			}
		}
	case map[string]any:
		f.judgeMembers(s, field, v)
	}
}

func (f *findings) judgeMembers(s *schema, field string, members map[string]any) {
	for _, name := range s.Required {
		if _, there := members[name]; !there {
			f.add(join(field, name), "is missing")
		}
	}
	for name, member := range members {
		if part, known := s.Properties[name]; known {
			f.judge(part, join(field, name), member)
		} else if s.AdditionalProperties != nil && !*s.AdditionalProperties {
			f.add(join(field, name), "is not asked for")
		}
	}
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
