package templates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// schema is what a template may say about a value: the part of JSON Schema 2020-12 that a form needs
// (https://json-schema.org/draft/2020-12/json-schema-validation). A whole validator compiles the meta-schemas of
// every draft when any process starts, which takes longer than the rest of a cold start; a test holds this part
// against one. A keyword that is not here is refused when the schema is read, never passed over.
type schema struct {
	Ref  string             `json:"$ref"` // "#/$defs/<name>"
	Defs map[string]*schema `json:"$defs"`

	Type   string
	Enum   []any
	Format string

	Minimum, ExclusiveMinimum, Maximum, ExclusiveMaximum, MultipleOf json.Number

	MinLength int
	MaxLength *int
	Pattern   string

	MinItems int
	MaxItems *int
	Items    *schema

	Properties           map[string]*schema
	Required             []string
	AdditionalProperties *bool

	remarks
	target  *schema // what Ref refers to
	pattern *regexp.Regexp
}

// remarks are for those who fill in the form. They judge nothing.
type remarks struct {
	Draft         string `json:"$schema"`
	Title         string
	TitleFR       string `json:"x-title-fr"`
	Description   string
	DescriptionFR string          `json:"x-description-fr"`
	Default       json.RawMessage // where the form starts
	Unit          string          `json:"x-unit"`
	Labels        json.RawMessage `json:"x-labels"`
}

func readSchema(text []byte) (*schema, error) {
	root := &schema{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(root); err != nil {
		return nil, err
	}
	return root, root.prepare(root.Defs)
}

// prepare makes ready to judge: this schema and every one in it.
func (s *schema) prepare(defs map[string]*schema) error {
	if err := s.resolve(defs); err != nil {
		return err
	}
	if s.Type != "" && types[s.Type].is == nil {
		return fmt.Errorf("there is no type %q", s.Type)
	}
	if s.Format != "" && formats[s.Format].is == nil {
		return fmt.Errorf("nobody checks the format %q", s.Format)
	}
	for _, part := range s.parts() {
		if err := part.prepare(defs); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) resolve(defs map[string]*schema) (err error) {
	if name, local := strings.CutPrefix(s.Ref, "#/$defs/"); local {
		s.target = defs[name]
	}
	if s.Ref != "" && s.target == nil {
		return fmt.Errorf("nothing is at %q", s.Ref)
	}
	if s.Pattern != "" {
		s.pattern, err = regexp.Compile(s.Pattern)
	}
	return err
}

func (s *schema) parts() []*schema {
	var all []*schema
	if s.Items != nil {
		all = append(all, s.Items)
	}
	for _, within := range []map[string]*schema{s.Properties, s.Defs} {
		for _, part := range within {
			all = append(all, part)
		}
	}
	return all
}
