package templates

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// reason says in plain words what a value must be. It never repeats the value, which may be personal.
func reason(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + listed(k.Want, names)
	case *kind.Enum:
		return "must be " + listed(k.Want, nil)
	case *kind.Const:
		return fmt.Sprintf("must be %v", k.Want)
	case *kind.Format:
		return "must be " + named(k.Want)
	case *kind.Minimum:
		return "must be at least " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimal(k.Want)
	case *kind.Maximum:
		return "must be at most " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	}
	return reasonOfSize(k)
}

func reasonOfSize(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		if k.Want == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %s", counted(k.Want))
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %s", counted(k.Want))
	case *kind.Pattern:
		return "is not written as it should be"
	}
	return "is not what the template asks for"
}

// names are the JSON types and formats as a person would say them.
var names = map[string]string{
	"string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	"array": "a list", "object": "an object", "null": "null",
	"date": "a date such as 2026-12-31", "email": "an email address", "uri": "a web address",
}

func named(word string) string {
	if said, ok := names[word]; ok {
		return said
	}
	return "a valid " + word
}

func listed[T any](want []T, words map[string]string) string {
	said := make([]string, len(want))
	for i, w := range want {
		said[i] = fmt.Sprint(w)
		if words != nil {
			said[i] = named(said[i])
		}
	}
	return strings.Join(said, " or ")
}

func counted(n int) string {
	if n == 1 {
		return "one entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// decimal writes a schema's bound as a person would: 0.01, not 1/100.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(4), "0")
}
