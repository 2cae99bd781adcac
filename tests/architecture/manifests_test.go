package architecture_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// object is what these tests need of a Kubernetes object.
type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Broker     string         `json:"broker"`
		Delivery   map[string]any `json:"delivery"`
		Filters    []any          `json:"filters"`
		Filter     struct{ Attributes map[string]string }
		Subscriber struct{ Ref struct{ Kind, Name string } }
		Template   struct {
			Metadata struct{ Annotations map[string]string }
			Spec     podSpec
		}
	} `json:"spec"`
}

type podSpec struct {
	ContainerConcurrency int
	TimeoutSeconds       int
	ServiceAccountName   string
	Containers           []struct {
		Image string
		Env   []struct {
			Name      string
			Value     *string
			ValueFrom struct{ SecretKeyRef struct{ Name, Key string } }
		}
		ReadinessProbe map[string]any
		Resources      struct{ Requests, Limits map[string]string }
	}
}

var divider = regexp.MustCompile(`(?m)^---\s*$`)

// objects reads the documents of a YAML file.
func objects(t *testing.T, file string) []object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []object
	for _, document := range divider.Split(string(text), -1) {
		var o object
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if o.Kind != "" {
			all = append(all, o)
		}
	}
	return all
}

// manifests lists what every function promises, by name.
func manifests() map[string]function.Manifest {
	all := map[string]function.Manifest{}
	for _, m := range paraphe.Manifests() {
		all[m.Name] = m
	}
	return all
}

// command tells a command from a fact by its name: facts are past.
func command(p events.Payload) bool {
	_, word, _ := strings.Cut(p.Type(), ".")
	return slices.Contains([]string{"move", "generate", "open", "check", "cancel", "send"}, word)
}

func TestEventsHaveOneProducerAndCommandsOneConsumer(t *testing.T) {
	t.Parallel()
	authors, listeners := map[string][]string{}, map[string][]string{}
	for name, m := range manifests() {
		for _, p := range m.Produces {
			authors[p.Type()] = append(authors[p.Type()], name)
		}
		for _, p := range m.Consumes {
			listeners[p.Type()] = append(listeners[p.Type()], name)
		}
	}
	catalogue := map[string]bool{}
	for _, p := range events.Catalogue {
		catalogue[p.Type()] = true
		by := authors[p.Type()]
		if _, clock := p.(events.ClockTicked); clock && len(by) != 0 {
			t.Errorf("%s is said by %v, and not only by the clock", p.Type(), by)
		} else if !clock && len(by) != 1 {
			t.Errorf("%s is said by %v, want one author", p.Type(), by)
		}
		if got := events.Author(p); strings.Join(by, " ") != got {
			t.Errorf("%s is signed by %q and said by %v", p.Type(), got, by)
		}
		if found := listeners[p.Type()]; command(p) && len(found) != 1 {
			t.Errorf("the command %s is consumed by %v, want one consumer", p.Type(), found)
		}
	}
	for _, mentioned := range []map[string][]string{authors, listeners} {
		for eventType, names := range mentioned {
			if !catalogue[eventType] {
				t.Errorf("%v speak of %s, which is not in the catalogue", names, eventType)
			}
		}
	}
}

func TestTriggersMatchWhatFunctionsConsume(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for name, m := range manifests() {
		if file := filepath.Join("eventing", "triggers", name+".yaml"); len(m.Consumes) > 0 {
			listed[file] = true
			checkTriggers(t, file, m)
		}
	}
	found, _ := filepath.Glob("eventing/triggers/*.yaml")
	for _, file := range found {
		if !listed[file] {
			t.Errorf("%s: no function of that name consumes anything", file)
		}
	}
}

func checkTriggers(t *testing.T, file string, m function.Manifest) {
	t.Helper()
	want := map[string]string{} // name of the Trigger to type on the wire
	for _, p := range m.Consumes {
		want[m.Name+"-consumes-"+strings.ReplaceAll(p.Type(), ".", "-")] = events.WireType(p)
	}
	got := map[string]string{}
	for _, o := range objects(t, file) {
		got[o.Metadata.Name] = o.Spec.Filter.Attributes["type"]
		switch {
		case o.Kind != "Trigger" || o.Spec.Broker != "default":
			t.Errorf("%s: %s is a %s of the broker %q", file, o.Metadata.Name, o.Kind, o.Spec.Broker)
		case o.Spec.Subscriber.Ref.Kind != "Service" || o.Spec.Subscriber.Ref.Name != m.Name:
			t.Errorf("%s: %s goes to %+v, want the Service %s", file, o.Metadata.Name, o.Spec.Subscriber.Ref, m.Name)
		case len(o.Spec.Filter.Attributes) != 1 || o.Spec.Filters != nil:
			t.Errorf("%s: %s filters by more than the type, which not every Broker can", file, o.Metadata.Name)
		case o.Spec.Delivery != nil:
			t.Errorf("%s: %s has a delivery: it replaces the Broker's, dead letters included", file, o.Metadata.Name)
		}
	}
	if !maps.Equal(want, got) {
		t.Errorf("%s has %v,\nthe manifest in Go says %v", file, sorted(got), sorted(want))
	}
}

func sorted(m map[string]string) []string {
	var lines []string
	for k, v := range m {
		lines = append(lines, k+"="+v)
	}
	slices.Sort(lines)
	return lines
}

func TestEveryYAMLFileIsInItsIndex(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"eventing", "eventing/policies", "knative/backup", "knative/manifests", "knative/network", "knative/standins"} {
		text, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var index struct{ Resources []string }
		if err := yaml.Unmarshal(text, &index); err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, pattern := range []string{"*.yaml", "triggers/*.yaml", "types/*.yaml"} {
			matches, _ := filepath.Glob(filepath.Join(folder, pattern))
			for _, file := range matches {
				name, _ := filepath.Rel(folder, file)
				if base := filepath.Base(name); base != "kustomization.yaml" && base != "Chart.yaml" && base != "values.yaml" {
					found = append(found, filepath.ToSlash(name))
				}
			}
		}
		slices.Sort(found)
		slices.Sort(index.Resources)
		if !slices.Equal(found, index.Resources) {
			t.Errorf("%s/kustomization.yaml lists %v, the folder has %v", folder, index.Resources, found)
		}
	}
}

// mentioned finds the names of our own files and folders in a comment.
var mentioned = regexp.MustCompile(`(?:^|[\s(])((?:functions|shared|eventing|knative)/[a-z_/.-]*[a-z_])`)

func TestManifestsNameOnlyWhatExists(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if _, comment, found := strings.Cut(line, "#"); found {
				for _, found := range mentioned.FindAllStringSubmatch(comment, -1) {
					if _, err := os.Stat(found[1]); err != nil {
						t.Errorf("%s speaks of %s, which is not there", file, found[1])
					}
				}
			}
		}
	}
}
