package generatedoc

import (
	"encoding/json"
	"strings"

	"github.com/paraphe/paraphe/shared/persistclient"
)

// fullest fills every field of the data with the longest that the schema allows, made of letter, and gives the
// signers the longest names.
func fullest(view persistclient.View, schema json.RawMessage, letter string) persistclient.View {
	var s limits
	if err := json.Unmarshal(schema, &s); err != nil {
		panic(err)
	}
	view.Data, _ = json.Marshal(s.most(s.Defs, letter))
	view.People = nil
	for range 10 {
		view.People = append(view.People, persistclient.Person{FirstName: filled(letter, 255), LastName: filled(letter, 255)})
	}
	return view
}

// limits is what of a schema says how much a field may hold.
type limits struct {
	Type, Format string
	Enum         []any
	MaxLength    int
	MaxItems     int
	Maximum      float64
	Properties   map[string]limits
	Items        *limits
	Ref          string            `json:"$ref"`
	Defs         map[string]limits `json:"$defs"`
}

func (l limits) most(defs map[string]limits, letter string) any {
	switch {
	case l.Ref != "":
		return defs[strings.TrimPrefix(l.Ref, "#/$defs/")].most(defs, letter)
	case l.Enum != nil:
		return l.Enum[0]
	case l.Format == "date":
		return "2026-09-30"
	case l.Format == "email":
		return strings.Repeat("w", 64) + "@" + strings.Repeat("w", l.MaxLength-64-9) + ".example"
	case l.Type == "object":
		all := map[string]any{}
		for name, inner := range l.Properties {
			all[name] = inner.most(defs, letter)
		}
		return all
	case l.Type == "array":
		all := make([]any, l.MaxItems)
		for i := range all {
			all[i] = l.Items.most(defs, letter)
		}
		return all
	case l.Type == "string":
		return filled(letter, l.MaxLength)
	case l.Type == "boolean":
		return true
	}
	return l.Maximum
}

// filled repeats letter to n characters.
func filled(letter string, n int) string {
	return string([]rune(strings.Repeat(letter, n))[:n])
}
