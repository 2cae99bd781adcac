package templates

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestEveryTemplateIsWhole(t *testing.T) {
	t.Parallel()
	for _, template := range catalog() {
		t.Run(template.Ref(), func(t *testing.T) {
			t.Parallel()
			if wrong := template.Check(template.Example()); wrong != nil {
				t.Errorf("the example does not fit the schema: %v", wrong)
			}
			if len(template.Languages) == 0 || len(template.Signers) == 0 {
				t.Errorf("languages %v, signers %v", template.Languages, template.Signers)
			}
			for _, reader := range []string{"fr", "en"} {
				if template.Title[reader] == "" || template.Summary[reader] == "" {
					t.Errorf("title or summary is missing for readers of %q", reader)
				}
			}
			for _, language := range template.Languages {
				if text, ok := template.Text(language); !ok || text == "" {
					t.Errorf("no text in %q", language)
				}
				for i, signer := range template.Signers {
					if signer[language] == "" {
						t.Errorf("on whose behalf signer %d signs is not said in %q", i+1, language)
					}
				}
			}
		})
	}
}

func TestEveryFieldHasItsTitleAndItsLabelsInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, template := range catalog() {
		var schema map[string]any
		if err := json.Unmarshal(template.Schema, &schema); err != nil {
			t.Fatal(err)
		}
		wellNamed(t, template.Ref(), schema)
	}
}

// wellNamed looks through the properties of a schema and of everything in it.
func wellNamed(t *testing.T, at string, schema map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		field := p.(map[string]any)
		where := at + "." + name
		if field["title"] == nil || field["x-title-fr"] == nil || (field["description"] == nil) != (field["x-description-fr"] == nil) {
			t.Errorf("%s has no title or description in one of the languages", where)
		}
		for _, option := range slice(field["enum"]) {
			text, _ := json.Marshal(option)
			if s, is := option.(string); is {
				text = []byte(s)
			}
			labels, _ := field["x-labels"].(map[string]any)
			label, _ := labels[string(text)].(map[string]any)
			if label["fr"] == nil || label["en"] == nil {
				t.Errorf("%s has no label for %s", where, text)
			}
		}
		wellNamed(t, where, field)
	}
	for _, inner := range []string{"items", "$defs"} {
		if s, is := schema[inner].(map[string]any); is {
			wellNamed(t, at+"."+inner, map[string]any{"properties": s["properties"], "$defs": s["$defs"]})
			for _, name := range slices.Sorted(maps.Keys(s)) {
				if def, is := s[name].(map[string]any); inner == "$defs" && is {
					wellNamed(t, at+".$defs."+name, def)
				}
			}
		}
	}
}

func slice(v any) []any {
	s, _ := v.([]any)
	return s
}

func TestTemplatesAreFoundByNameAndVersion(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"service-agreement": "service-agreement/1", "service-agreement/1": "service-agreement/1", "consumer-contract/1": "consumer-contract/1",
		"": "", "/": "", "/1": "", "service-agreement/": "", "service-agreement/01": "", "service-agreement/+1": "", "service-agreement/1/": "",
		"service-agreement/2": "", "../templates": "", "service-agreement/-1": "",
	} {
		got, ok := Find(ref)
		if ok != (want != "") || (ok && got.Ref() != want) {
			t.Errorf("Find(%q) = %q, %t; want %q", ref, got.Ref(), ok, want)
		}
	}
}

func TestTheListHasEachTemplateOnce(t *testing.T) {
	t.Parallel()
	var names []string
	for _, template := range List() {
		names = append(names, template.Name)
	}
	if want := []string{"consumer-contract", "service-agreement"}; !slices.Equal(names, want) {
		t.Errorf("listed %v, want %v", names, want)
	}
}
