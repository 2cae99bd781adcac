// Package templates keeps the contracts that can be made: each a folder <name>/<version> with template.json (titles
// and languages), schema.json (what has to be filled in), example.json (data that fit) and one text per language. It
// knows what data fit and which characters can be drawn; it does not read the texts, which are generate-doc's to
// understand. A published version never changes: contracts name it for as long as they are kept.
package templates

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Template is one version of a contract's text with the schema of its data. It is shared: its maps and slices are
// not to be written to.
type Template struct {
	Name      string
	Version   int
	Languages []string            // ISO 639-1; the first is the one that the text was drafted in
	Title     map[string]string   // by the reader's language, fr and en always
	Summary   map[string]string   // by the reader's language, fr and en always
	Signers   []map[string]string // on whose behalf the first, second, … signer signs, by the document's language
	Schema    json.RawMessage     // JSON Schema 2020-12

	texts   map[string]string
	example json.RawMessage
	schema  func() *schema
}

// Ref names the template and its version: "service-agreement/1".
func (t Template) Ref() string { return fmt.Sprintf("%s/%d", t.Name, t.Version) }

// Text returns the contract's text in this language, and whether there is one.
func (t Template) Text(language string) (string, bool) {
	text, ok := t.texts[language]
	return text, ok
}

// Example returns data that fit the schema: to start a form from, and for demonstrations and tests.
func (t Template) Example() json.RawMessage { return t.example }

// List returns the newest version of each template, by name.
func List() []Template {
	var newest []Template
	for _, t := range catalog() {
		if last := len(newest) - 1; last >= 0 && newest[last].Name == t.Name {
			newest[last] = t
			continue
		}
		newest = append(newest, t)
	}
	return newest
}

// Find returns the template that ref names: "name/1", or "name" for the newest version of it.
func Find(ref string) (Template, bool) {
	name, number, exact := strings.Cut(ref, "/")
	if !exact {
		return find(List(), func(t Template) bool { return t.Name == name })
	}
	version, err := strconv.Atoi(number)
	if err != nil || number != strconv.Itoa(version) {
		return Template{}, false
	}
	return find(catalog(), func(t Template) bool { return t.Name == name && t.Version == version })
}

func find(among []Template, is func(Template) bool) (Template, bool) {
	i := slices.IndexFunc(among, is)
	if i < 0 {
		return Template{}, false
	}
	return among[i], true
}
