// Package manifests checks what the project gives to a cluster: the plain YAML, and the chart in every environment. It is
// a module of its own, since its checks are Knative's own code, whose modules no function is to depend on.
package manifests

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
)

// canonical writes each object in one form, by its name.
func canonical(t *testing.T, objects []object) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, o := range objects {
		text, err := json.MarshalIndent(o, "", " ") // maps are written in order, and every number is one
		if err != nil || all[o.id()] != "" {
			t.Fatalf("%s is there twice, or %v", o.id(), err)
		}
		all[o.id()] = string(text)
	}
	return all
}

func compare(t *testing.T, a, b map[string]string) {
	t.Helper()
	if one, other := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)); !slices.Equal(one, other) {
		t.Errorf("helm has %v\nkustomize has %v", one, other)
	}
	for id, text := range a {
		if other := b[id]; text != other {
			t.Errorf("%s: helm has %s\nkustomize has %s", id, text, other)
		}
	}
}

// indexes are the folders that docs/deploy.md applies, and what the chart has to say for the same objects.
var indexes = map[string]rendering{"knative": neutral, "knative/identities": identified}

func TestHelmAndKustomizeGiveTheSameObjects(t *testing.T) {
	t.Parallel()
	for folder, r := range indexes {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			compare(t, canonical(t, rendered(t, r)), canonical(t, kustomized(t, folder)))
		})
	}
}

// applied finds the folders of docs/deploy.md's commands.
var applied = regexp.MustCompile(`(?m)^    kubectl kustomize (\S+) \| ko apply -B -f - -- -n paraphe(?: |$)`)

func TestTheDocsApplyTheseIndexes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, found := range applied.FindAllStringSubmatch(string(page), -1) {
		folders = append(folders, found[1])
	}
	slices.Sort(folders)
	if want := slices.Sorted(maps.Keys(indexes)); !slices.Equal(folders, want) {
		t.Errorf("docs/deploy.md applies %v, compared with the chart are %v", folders, want)
	}
}

// TestWhatIsSwitchedOnIsThePlainYAMLToo compares the stand-ins, the backups and the policies, all switched on together.
func TestWhatIsSwitchedOnIsThePlainYAMLToo(t *testing.T) {
	t.Parallel()
	plain := slices.Concat(kustomized(t, "knative/standins"), kustomized(t, "eventing/policies"), kustomized(t, "knative/backup"))
	on := rendering{name: "all", namespace: "paraphe", set: "{standIns: {enabled: true}, backup: {enabled: true}, eventing: {identities: {enabled: true}}}"}
	helm, want := canonical(t, rendered(t, on)), canonical(t, plain)
	maps.DeleteFunc(helm, func(id, _ string) bool { return want[id] == "" })
	compare(t, helm, want)
}

// TestTheChartHoldsOnlyWhatItNeeds: Helm keeps the whole chart in each release, and a Secret has room for 1 MiB.
func TestTheChartHoldsOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	chart, err := loader.Load(filepath.Join(root, "knative"))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, f := range chart.Raw {
		size += len(f.Data)
		if strings.HasSuffix(f.Name, ".go") || strings.HasPrefix(f.Name, "env/") || strings.HasSuffix(f.Name, "kustomization.yaml") {
			t.Errorf("%s is in the chart", f.Name)
		}
	}
	if size == 0 || size > 200<<10 {
		t.Errorf("the chart has %d bytes", size)
	}
}

// TestTheFunctionsOfTheSchemaAreThoseOfTheManifests: the schema names them, so that a misspelt one is refused.
func TestTheFunctionsOfTheSchemaAreThoseOfTheManifests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "knative", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Functions struct{ Properties map[string]any } `json:"functions"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	known, there := slices.Sorted(maps.Keys(schema.Properties.Functions.Properties)), slices.Sorted(maps.Keys(pick(rendered(t, neutral), "Service")))
	if !slices.Equal(known, there) {
		t.Errorf("the schema knows %v, the manifests are %v", known, there)
	}
}
