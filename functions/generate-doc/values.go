package generatedoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/paraphe/paraphe/functions/generate-doc/price"
)

// fieldType is what of a schema decides how a value is written.
type fieldType struct {
	Type       string                       `json:"type"`
	Format     string                       `json:"format"`
	Unit       string                       `json:"x-unit"`
	Labels     map[string]map[string]string `json:"x-labels"`
	Properties map[string]fieldType         `json:"properties"`
	Items      *fieldType                   `json:"items"`
	Ref        string                       `json:"$ref"`
	Defs       map[string]fieldType         `json:"$defs"`
}

// values looks up what a text asks for and writes it in the text's language.
type values struct {
	schema   fieldType
	data     map[string]any
	language string
	locale   locale
}

func newValues(schema, data json.RawMessage, language string) (values, error) {
	v := values{language: language, locale: locales[language]}
	if err := json.Unmarshal(schema, &v.schema); err != nil {
		return v, err
	}
	exact := json.NewDecoder(bytes.NewReader(data))
	exact.UseNumber()
	return v, exact.Decode(&v.data)
}

// at follows a path such as "client.address". Its error says that the schema has no such field: the text is wrong.
// The value is nil if the field was left out.
func (v values) at(path string) (any, fieldType, error) {
	var value any = v.data
	s := v.schema
	for name := range strings.SplitSeq(path, ".") {
		inner, known := s.Properties[name]
		if !known {
			return nil, s, fmt.Errorf("there is no field %q in the schema", path)
		}
		if ref, is := strings.CutPrefix(inner.Ref, "#/$defs/"); is {
			inner = v.schema.Defs[ref]
		}
		members, _ := value.(map[string]any)
		value, s = members[name], inner
	}
	return value, s, nil
}

// holds reports whether there is something at path: neither nothing nor false.
func (v values) holds(path string) (bool, error) {
	value, _, err := v.at(path)
	return err == nil && value != nil && value != false && value != "", err
}

// write gives the value at path as the text shows it; nothing if the field was left out.
func (v values) write(path string) (string, error) {
	value, s, err := v.at(path)
	if err != nil || value == nil {
		return "", err
	}
	return v.format(value, s)
}

func (v values) format(value any, s fieldType) (string, error) {
	out := fmt.Sprint(value)
	switch {
	case s.Labels[out] != nil:
		return s.Labels[out][v.language], nil
	case s.Format == "date":
		day, err := time.Parse(time.DateOnly, out)
		return v.locale.date(day), err
	case s.Unit == "EUR":
		cents, err := price.Parse(out, 100)
		return v.locale.money(price.Cents(cents)), err
	case s.Type == "number":
		hundredths, err := price.Parse(out, 100)
		return v.locale.quantity(hundredths), err
	case s.Type == "string", s.Type == "integer":
		return clean(out), nil
	}
	return "", fmt.Errorf("a value of type %q cannot stand in a text", s.Type)
}

// clean composes accents, which the fonts would misplace otherwise, and makes line ends and spaces uniform.
func clean(text string) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(norm.NFC.String(text)), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
