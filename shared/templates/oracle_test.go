package templates

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// oracle is a schema as a whole validator of JSON Schema reads it.
type oracle struct{ compiled *jsonschema.Schema }

func compiled(t *testing.T, text []byte) oracle {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return oracle{s}
}

// wrong is every field that the validator finds something wrong with, in order.
func (o oracle) wrong(value any) []string {
	fields := map[string]bool{}
	var invalid *jsonschema.ValidationError
	if errors.As(o.compiled.Validate(value), &invalid) {
		leaves(invalid, fields)
	}
	return slices.Sorted(maps.Keys(fields))
}

func leaves(e *jsonschema.ValidationError, fields map[string]bool) {
	for _, cause := range e.Causes {
		leaves(cause, fields)
	}
	if len(e.Causes) > 0 {
		return
	}
	field := ""
	for _, part := range e.InstanceLocation {
		if _, err := strconv.Atoi(part); err == nil {
			field += "[" + part + "]"
		} else {
			field = join(field, part)
		}
	}
	var members []string
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		members = k.Missing
	case *kind.AdditionalProperties:
		members = k.Properties
	default:
		if field == "" {
			field = "data"
		}
		fields[field] = true
	}
	for _, name := range members {
		fields[join(field, name)] = true
	}
}

func decoded(t *testing.T, data []byte) any {
	t.Helper()
	value, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// places lists the way to everything in a value, itself included: names of members, indexes of items.
func places(value any) [][]any {
	all := [][]any{nil}
	within := func(step, part any) {
		for _, rest := range places(part) {
			all = append(all, append([]any{step}, rest...))
		}
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			within(name, member)
		}
	case []any:
		for i, item := range v {
			within(i, item)
		}
	}
	return all
}

// put returns the value with something else at this place.
func put(value any, place []any, other any) any {
	if len(place) == 0 {
		return other
	}
	switch v := value.(type) {
	case map[string]any:
		v[place[0].(string)] = put(v[place[0].(string)], place[1:], other)
	case []any:
		v[place[0].(int)] = put(v[place[0].(int)], place[1:], other)
	}
	return value
}

// without returns the value with nothing at this place, if it is a member.
func without(value any, place []any) any {
	parent := value
	for i, step := range place {
		switch v := parent.(type) {
		case map[string]any:
			if i == len(place)-1 {
				delete(v, step.(string))
			}
			parent = v[step.(string)]
		case []any:
			parent = v[step.(int)]
		}
	}
	return value
}
