package templates

import (
	"encoding/json"
	"time"

	"github.com/paraphe/paraphe/shared/fields"
)

// shape is what a value can be, in the words of a person and by its test.
type shape[T any] struct {
	words string
	is    func(T) bool
}

// types are those of JSON.
var types = map[string]shape[any]{
	"string":  {"a text", of[string]},
	"number":  {"a number", of[json.Number]},
	"integer": {"a whole number", whole},
	"boolean": {"true or false", of[bool]},
	"array":   {"a list", of[[]any]},
	"object":  {"an object", of[map[string]any]},
}

// formats are what a text can be. They count: in JSON Schema 2020-12 they are only a remark unless a program says
// otherwise.
var formats = map[string]shape[string]{
	"date":  {"a date such as 2026-12-31", date},
	"email": {"an email address", func(text string) bool { return fields.ValidateEmail(text) == nil }},
}

func of[T any](value any) bool {
	_, is := value.(T)
	return is
}

func whole(value any) bool {
	n, is := value.(json.Number)
	return is && rational(n).IsInt()
}

func date(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
