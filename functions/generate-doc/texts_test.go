package generatedoc

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/generate-doc/markup"
	"github.com/paraphe/paraphe/shared/templates"
)

// everyText calls check with the parsed text of every template in every language.
func everyText(t *testing.T, check func(t *testing.T, template templates.Template, language string, text []markup.Block)) {
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			t.Run(template.Ref()+" "+language, func(t *testing.T) {
				t.Parallel()
				raw, _ := template.Text(language)
				text, err := markup.Parse(raw)
				if err != nil {
					t.Fatal(err)
				}
				check(t, template, language, text)
			})
		}
	}
}

// walk calls visit with every block; sure says that no condition stands over it.
func walk(text []markup.Block, sure bool, visit func(b markup.Block, sure bool)) {
	for _, b := range text {
		visit(b, sure)
		walk(b.Blocks, sure && b.Kind != markup.If && b.Kind != markup.Unless, visit)
	}
}

func TestEveryVariableOfATextIsInItsSchema(t *testing.T) {
	t.Parallel()
	everyText(t, func(t *testing.T, template templates.Template, language string, text []markup.Block) {
		v, err := newValues(template.Schema, template.Example(), language)
		if err != nil {
			t.Fatal(err)
		}
		known := func(line int, path string) fieldType {
			_, s, err := v.at(path)
			if err != nil && path != "contract.id" {
				t.Errorf("line %d: %v", line, err)
			}
			return s
		}
		walk(text, true, func(b markup.Block, _ bool) {
			if b.Kind == markup.If || b.Kind == markup.Unless || b.Kind == markup.Table {
				known(b.Line, b.Name)
			}
			for _, s := range b.Text {
				if s.Value == "" {
					continue
				}
				if typ := known(b.Line, s.Value).Type; s.Words[0] != "" && typ != "integer" {
					t.Errorf("line %d: %s is counted and is of type %q", b.Line, s.Value, typ)
				}
			}
		})
	})
}

func TestEveryArticleThatATextRefersToIsAlwaysThere(t *testing.T) {
	t.Parallel()
	everyText(t, func(t *testing.T, _ templates.Template, _ string, text []markup.Block) {
		there := map[string]bool{}
		walk(text, true, func(b markup.Block, sure bool) {
			if b.Kind == markup.Article && sure {
				there[b.Name] = true
			}
		})
		walk(text, true, func(b markup.Block, _ bool) {
			for _, s := range b.Text {
				if s.Article != "" && !there[s.Article] {
					t.Errorf("line %d refers to article {#%s}, which is not in every contract", b.Line, s.Article)
				}
			}
		})
	})
}

func TestEveryTextIsDrawableInItself(t *testing.T) {
	t.Parallel()
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			text, _ := template.Text(language)
			if r, bad := templates.Undrawable(locales[language].setting.Replace(text)); bad {
				t.Errorf("%s %s has %U", template.Ref(), language, r)
			}
		}
	}
}

func TestEveryLanguageOfATemplateIsSpokenHere(t *testing.T) {
	t.Parallel()
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			if _, spoken := locales[language]; !spoken {
				t.Errorf("%s is written in %q, which has no tongue", template.Ref(), language)
			}
		}
	}
}

func TestConditionsChooseTheirClauses(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(map[string]any) {
		return func(data map[string]any) { data[name] = value }
	}
	tests := map[string]struct {
		ref       string
		change    func(map[string]any)
		has, lost string
	}{
		"renewed":            {"service-agreement/1", set("renewable", true), "tacite reconduction pour la même durée", "sans tacite reconduction"},
		"not renewed":        {"service-agreement/1", set("renewable", false), "sans tacite reconduction", "tacite reconduction pour la même durée"},
		"personal data":      {"service-agreement/1", set("processes_personal_data", true), "article 28 du RGPD. L’objet", "aucune donnée à caractère personnel"},
		"no personal data":   {"service-agreement/1", set("processes_personal_data", false), "aucune donnée à caractère personnel", "quarante-huit heures"},
		"one month's notice": {"service-agreement/1", set("confidentiality_years", 1), "1 an après", "ans après"},
		"special terms":      {"service-agreement/1", set("special_terms", "Le café est offert."), "Article 12 — Conditions particulières", "Article 12 — Dispositions"},
		"no special terms":   {"service-agreement/1", func(map[string]any) {}, "Article 12 — Dispositions générales", "Conditions particulières"},
		"early start":        {"consumer-contract/1", set("early_start", true), "Le Client demande expressément", "n’a pas demandé"},
		"no early start":     {"consumer-contract/1", set("early_start", false), "n’a pas demandé que", "Le Client demande expressément"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := readable(t, mustDraw(t, with(sample(tt.ref, "fr"), tt.change)).File)
			if !strings.Contains(text, tt.has) || strings.Contains(text, tt.lost) {
				t.Errorf("has %q: %t; has %q: %t", tt.has, strings.Contains(text, tt.has), tt.lost, strings.Contains(text, tt.lost))
			}
		})
	}
}

func TestOnlyWhatIsRequiredIsEnough(t *testing.T) {
	t.Parallel()
	for _, template := range templates.List() {
		for _, language := range template.Languages {
			view := with(sample(template.Ref(), language), func(data map[string]any) { required(template.Schema, data) })
			mustDraw(t, view)
		}
	}
}

// required takes out of the data what the schema does not require, on the first two levels.
func required(schema json.RawMessage, data map[string]any) {
	var s struct {
		Required   []string
		Properties map[string]json.RawMessage
	}
	_ = json.Unmarshal(schema, &s)
	for name := range data {
		if !strings.Contains(strings.Join(s.Required, " ")+" ", name+" ") && len(s.Required) > 0 {
			delete(data, name)
		}
		if inner, is := data[name].(map[string]any); is {
			required(s.Properties[name], inner)
		}
	}
}
