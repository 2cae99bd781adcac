package testkit

import (
	"encoding/json"
	"testing"

	"github.com/paraphe/paraphe/shared/templates"
)

// ContractBody is a good request for a contract, changed as a test likes.
func ContractBody(t testing.TB, change ...func(m map[string]any)) string {
	t.Helper()
	template, found := templates.Find("service-agreement")
	if !found {
		t.Fatal("there is no service agreement")
	}
	m := map[string]any{
		"template": "service-agreement", "language": "fr", "title": "Entretien des jardins", "deadline": "2026-07-15",
		"data":    json.RawMessage(template.Example()),
		"signers": []any{map[string]any{"first_name": "Ana", "last_name": "Œuvrard-D'Été", "email": "ana@client.example", "phone": "+33612345678", "locale": "fr"}},
	}
	for _, f := range change {
		f(m)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func With(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func WithSigner(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m["signers"].([]any)[0].(map[string]any)[name] = value }
}
