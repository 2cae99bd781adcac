package manifests

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// resources are the folders of Knative's modules that hold what it installs into a cluster.
var resources = map[string]string{
	"knative.dev/serving":  "config/core/300-resources",
	"knative.dev/eventing": "config/core/resources",
}

// definition is what is read of a CustomResourceDefinition.
type definition struct {
	Kind string
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Schema struct{ OpenAPIV3Schema map[string]any }
		}
	}
}

// schemas writes the JSON Schema of everything that Knative defines, in the form that kubeconform looks for, into a folder.
func schemas(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for module, folder := range resources {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no definitions: %v", module, err)
		}
		for _, file := range files {
			writeSchemas(t, file, dir)
		}
	}
	return dir
}

func writeSchemas(t *testing.T, file, dir string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range divider.Split(string(text), -1) {
		var d definition
		if err := yaml.Unmarshal([]byte(document), &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, v := range d.Spec.Versions {
			if own, ok := v.Schema.OpenAPIV3Schema["properties"].(map[string]any); ok {
				for _, field := range []string{"apiVersion", "kind", "metadata"} { // every object has them
					own[field] = map[string]any{}
				}
			}
			text, err := json.Marshal(closed(v.Schema.OpenAPIV3Schema))
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%s_%s_%s.json", strings.ToLower(d.Spec.Names.Kind), d.Spec.Group, v.Name)
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// closed makes a schema refuse the fields that it does not name: the API server drops them without a word.
func closed(schema map[string]any) map[string]any {
	properties, named := schema["properties"].(map[string]any)
	if _, open := schema["x-kubernetes-preserve-unknown-fields"]; named && !open && schema["additionalProperties"] == nil {
		schema["additionalProperties"] = false
	}
	for _, property := range properties {
		if m, ok := property.(map[string]any); ok {
			closed(m)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if m, ok := schema[key].(map[string]any); ok {
			closed(m)
		}
	}
	return schema
}

// TestEveryObjectFitsKnativesDefinitions: they know fields that Validate passes over, such as a list that is null.
func TestEveryObjectFitsKnativesDefinitions(t *testing.T) {
	t.Parallel()
	v := conform(t)
	for _, r := range renderings {
		checked := 0
		for _, o := range rendered(t, r) {
			if !strings.Contains(o.text("apiVersion"), "knative.dev/") {
				continue
			}
			checked++
			if found := mistakes(v, o); found != "" {
				t.Errorf("%s: %s", r.name, found)
			}
		}
		if checked < 50 {
			t.Errorf("%s: only %d objects are Knative's", r.name, checked)
		}
	}
}

func conform(t *testing.T) validator.Validator {
	t.Helper()
	v, err := validator.New([]string{schemas(t) + "/{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json"}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mistakes is what kubeconform finds in an object.
func mistakes(v validator.Validator, o object) string {
	text, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	var found []string
	for _, result := range v.Validate(o.id(), io.NopCloser(strings.NewReader(string(text)))) {
		if result.Status != validator.Valid {
			found = append(found, fmt.Sprintf("%s: %v %v", o.id(), result.Err, result.ValidationErrors))
		}
	}
	return strings.Join(found, "\n")
}
