package events

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the golden files anew")

// schemas is where the JSON Schema of every type lies, for whoever subscribes.
const schemas = "../../eventing/types/schemas"

func TestGoldenEveryTypeHasItsFormOnTheWire(t *testing.T) {
	t.Parallel()
	for _, p := range samples {
		t.Run(p.Type(), func(t *testing.T) {
			t.Parallel()
			ce, err := ToCloudEvent(event(p)) // signed: the golden file pins the form that is signed, too
			if err != nil {
				t.Fatal(err)
			}
			structured, err := json.Marshal(ce)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, structured, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			file := filepath.Join("testdata", p.Type()+".json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, got.Bytes()) {
				t.Errorf("differs from %s (%v):\n%s", file, err, got.String())
			}
		})
	}
}

func TestEveryTypeHasASampleAGoldenFileAndASchemaAndNothingElseHas(t *testing.T) {
	t.Parallel()
	var catalogue, sampled []string
	for _, p := range Catalogue {
		catalogue = append(catalogue, p.Type())
	}
	for _, p := range samples {
		sampled = append(sampled, p.Type())
	}
	slices.Sort(catalogue)
	slices.Sort(sampled)
	if !slices.Equal(sampled, catalogue) {
		t.Errorf("samples %v\ncatalogue %v", sampled, catalogue)
	}
	for _, folder := range []string{"testdata", schemas} {
		if files := namesIn(t, folder); !slices.Equal(files, catalogue) {
			t.Errorf("%s holds %v\ncatalogue %v", folder, files, catalogue)
		}
	}
}

// namesIn lists a folder's JSON files without their ending, and without the parts that schemas share.
func namesIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); name != "parts" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestEveryGoldenEventFitsItsSchema(t *testing.T) {
	t.Parallel()
	c := closed(t)
	for _, p := range samples {
		schema, err := c.Compile(p.Type() + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(dataOf(t, p.Type())); err != nil {
			t.Errorf("%s: %v", p.Type(), err)
		}
		if reflect.TypeOf(p).NumField() > 0 && schema.Validate(map[string]any{}) == nil {
			t.Errorf("%s: its schema takes an event that says nothing", p.Type())
		}
	}
}

func dataOf(t *testing.T, name string) any {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	golden, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	return golden.(map[string]any)["data"]
}

// closed compiles the schemas as if no object could have a field that they do not describe: subscribers pass over
// such fields, but ours are all to be described.
func closed(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.UnmarshalJSON(file)
		_ = file.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.AddResource(filepath.Base(name), closeObjects(schema)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func closeObjects(schema any) any {
	switch s := schema.(type) {
	case map[string]any:
		for _, part := range s {
			closeObjects(part)
		}
		if _, set := s["additionalProperties"]; s["type"] == "object" && !set {
			s["additionalProperties"] = false
		}
	case []any:
		for _, part := range s {
			closeObjects(part)
		}
	}
	return schema
}

func TestEverySampleHasEveryFieldFilled(t *testing.T) {
	t.Parallel()
	for _, p := range samples {
		if missing := empty(reflect.ValueOf(p), p.Type()); missing != "" {
			t.Errorf("the sample of %s leaves %s empty: golden file and schema do not show it", p.Type(), missing)
		}
	}
}

// empty names the first field without a value.
func empty(v reflect.Value, name string) string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return empty(v.Elem(), name)
		}
	case reflect.Slice:
		if v.Len() > 0 {
			return empty(v.Index(0), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if missing := empty(v.Field(i), name+"."+f.Name); missing != "" {
					return missing
				}
			}
		}
		return ""
	}
	if v.IsZero() {
		return name
	}
	return ""
}

// commands are imperative, so their Go names turn the wire type round: SendMail is mail.send.
var commands = []Payload{GenerateDocument{}, OpenSignature{}, CheckSignature{}, CancelSignature{}, SendMail{}}

func TestGoNamesMatchWireTypes(t *testing.T) {
	t.Parallel()
	for _, p := range Catalogue {
		words := strings.Split(p.Type(), ".")
		if slices.ContainsFunc(commands, func(c Payload) bool { return c.Type() == p.Type() }) {
			slices.Reverse(words)
		}
		if got := split(reflect.TypeOf(p).Name()); !slices.Equal(got, words) {
			t.Errorf("%s is %v in Go and %v on the wire", p.Type(), got, words)
		}
	}
}

// split cuts "DocumentGenerated" into "document" and "generated".
func split(name string) []string {
	var words []string
	for _, r := range name {
		if unicode.IsUpper(r) {
			words = append(words, "")
		}
		words[len(words)-1] += string(unicode.ToLower(r))
	}
	return words
}

func TestNoFactAboutAContractHoldsWhatIsPersonal(t *testing.T) {
	t.Parallel()
	personal := []string{"email", "phone", "first_name", "last_name", "address", "title", "data", "link", "url", "token"}
	for _, p := range samples {
		for _, field := range fields(dataOf(t, p.Type())) {
			if slices.Contains(personal, field) {
				t.Errorf("%s has a field %q", p.Type(), field)
			}
		}
	}
}

func fields(v any) []string {
	var all []string
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			all = append(append(all, name), fields(inner)...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, fields(inner)...)
		}
	}
	return all
}
