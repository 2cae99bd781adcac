package manifests

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// root is the project's own folder.
const root = "../.."

// rendering is one way in which the project is installed: with which values, and into which namespace.
type rendering struct {
	name, namespace string
	index           string   // a folder that kustomize renders; if there is none, Helm renders the chart
	files           []string // of knative/env
	set             string   // further values, as YAML
}

// neutral says nothing that the plain YAML does not say.
var neutral = rendering{name: "neutral", namespace: "paraphe"}

// identified adds nothing to that but the functions' identities.
var identified = rendering{name: "identities", namespace: "paraphe", set: "eventing: {identities: {enabled: true}}"}

// theirClaim is a volume for backups that is there already.
const theirClaim = "archive"

// renderings are all that is checked: each environment, in a namespace of its own, and what an environment may switch on.
var renderings = []rendering{
	neutral,
	{name: "plain with identities", namespace: "paraphe", index: "knative/identities"},
	{name: "dev", namespace: "somewhere", files: []string{"dev"}},
	{name: "test", namespace: "paraphe-test", files: []string{"test"}},
	{name: "prod", namespace: "paraphe", files: []string{"prod"}},
	{name: "prod with identities", namespace: "elsewhere", files: []string{"prod"}, set: "eventing: {identities: {enabled: true}}"},
	{name: "prod with a claim of theirs", namespace: "paraphe", files: []string{"prod"}, set: "backup: {claim: " + theirClaim + ", size: ''}"},
	{name: "canary", namespace: "paraphe", set: `functions:
  orchestrate: {public: true, timeoutSeconds: 40, traffic: [{latestRevision: true, percent: 10, tag: canary}, {revisionName: orchestrate-00001, percent: 90}]}`},
}

// TestMain keeps Helm from telling of the link to eventing each time that the chart is read.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// object is a Kubernetes object as JSON has it.
type object map[string]any

func (o object) at(path ...string) any {
	var v any = map[string]any(o)
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func (o object) text(path ...string) string { s, _ := o.at(path...).(string); return s }

func (o object) kind() string { return o.text("kind") }
func (o object) name() string { return o.text("metadata", "name") }
func (o object) id() string   { return o.text("apiVersion") + " " + o.kind() + " " + o.name() }

// into decodes the object into its type; what the type has no field for is an error.
func (o object) into(typed any) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	return decoder.Decode(typed)
}

// values reads the files of an environment, and what is set beside them.
func (r rendering) values() (chartutil.Values, error) {
	all := chartutil.Values{}
	for _, file := range r.files {
		text, err := os.ReadFile(filepath.Join(root, "knative", "env", file+".yaml"))
		if err == nil {
			err = yaml.UnmarshalStrict(text, &all)
		}
		if err != nil {
			return nil, err
		}
	}
	set, err := chartutil.ReadValues([]byte(r.set))
	if err != nil {
		return nil, err
	}
	return chartutil.CoalesceTables(set, all), nil
}

// render is `kubectl kustomize`, or `helm template` with the schema's check and the hooks.
func (r rendering) render() ([]object, error) {
	if r.index != "" {
		return kustomize(r.index)
	}
	values, err := r.values()
	if err != nil {
		return nil, err
	}
	chart, err := loader.Load(filepath.Join(root, "knative"))
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependencies(chart, values); err != nil {
		return nil, err
	}
	release := chartutil.ReleaseOptions{Name: "paraphe", Namespace: r.namespace, IsInstall: true}
	given, err := chartutil.ToRenderValues(chart, values, release, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(chart, given)
	if err != nil {
		return nil, err
	}
	var all []object
	for _, text := range files {
		objects, err := documents(text)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

var divider = regexp.MustCompile(`(?m)^---\s*$`)

func documents(text string) ([]object, error) {
	var all []object
	for _, document := range divider.Split(text, -1) {
		var o object
		if err := yaml.UnmarshalStrict([]byte(document), &o); err != nil {
			return nil, err
		}
		if o != nil {
			all = append(all, o)
		}
	}
	return all, nil
}

// rendered is render in a test.
func rendered(t *testing.T, r rendering) []object {
	t.Helper()
	objects, err := r.render()
	if err != nil || len(objects) < 30 {
		t.Fatalf("%s: %d objects, %v", r.name, len(objects), err)
	}
	return objects
}

// kustomize is `kubectl kustomize` of a folder. Its text is read as Helm's is, so that a number is of the same type.
func kustomize(folder string) ([]object, error) {
	found, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, folder))
	if err != nil {
		return nil, err
	}
	text, err := found.AsYaml()
	if err != nil {
		return nil, err
	}
	return documents(string(text))
}

// kustomized is kustomize in a test.
func kustomized(t *testing.T, folder string) []object {
	t.Helper()
	objects, err := kustomize(folder)
	if err != nil || len(objects) == 0 {
		t.Fatalf("%s: %d objects, %v", folder, len(objects), err)
	}
	return objects
}

// pick returns the objects of a kind by name.
func pick(objects []object, kind string) map[string]object {
	some := map[string]object{}
	for _, o := range objects {
		if o.kind() == kind {
			some[o.name()] = o
		}
	}
	return some
}
