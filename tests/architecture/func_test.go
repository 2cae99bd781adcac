package architecture_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/paraphe/paraphe"
)

// funcFile is the part of func.yaml that is used here. Any other field is refused: func itself only warns of one that
// it does not know, and a misspelt setting would do nothing.
type funcFile struct {
	SpecVersion string `json:"specVersion"`
	Name        string `json:"name"`
	Runtime     string `json:"runtime"`
	Created     string `json:"created"`
	Invoke      string `json:"invoke"`
	Build       struct {
		BuildEnvs []nameValue `json:"buildEnvs"`
	} `json:"build"`
	Run struct {
		Envs []nameValue `json:"envs"`
	} `json:"run"`
	Deploy struct {
		ServiceAccountName string `json:"serviceAccountName"`
		Options            struct {
			Scale struct {
				Min         int    `json:"min"`
				Max         int    `json:"max"`
				Metric      string `json:"metric"`
				Utilization int    `json:"utilization"`
			} `json:"scale"`
			Resources struct {
				Requests map[string]string `json:"requests"`
				Limits   struct {
					Memory      string `json:"memory"`
					Concurrency int    `json:"concurrency"`
				} `json:"limits"`
			} `json:"resources"`
		} `json:"options"`
		HealthEndpoints struct {
			Liveness  string `json:"liveness"`
			Readiness string `json:"readiness"`
		} `json:"healthEndpoints"`
		Labels []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"labels"`
	} `json:"deploy"`
}

type nameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TestFuncYAMLMatchesTheManifest keeps the one repetition that func needs from drifting.
func TestFuncYAMLMatchesTheManifest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("func.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f funcFile
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		t.Fatalf("func.yaml: %v", err)
	}
	if f.SpecVersion != "0.36.0" || f.Runtime != "go" || f.Invoke != "http" || f.Created == "" || f.Deploy.Options.Scale.Metric != "concurrency" {
		t.Errorf("func.yaml: %+v", f)
	}
	o := serviceOf(t, f.Name)
	marks, container := o.Spec.Template.Metadata.Annotations, o.Spec.Template.Spec.Containers[0]
	same := map[string][2]string{
		"min-scale":       {strconv.Itoa(f.Deploy.Options.Scale.Min), marks["autoscaling.knative.dev/min-scale"]},
		"max-scale":       {strconv.Itoa(f.Deploy.Options.Scale.Max), marks["autoscaling.knative.dev/max-scale"]},
		"utilization":     {strconv.Itoa(f.Deploy.Options.Scale.Utilization), marks["autoscaling.knative.dev/target-utilization-percentage"]},
		"concurrency":     {strconv.Itoa(f.Deploy.Options.Resources.Limits.Concurrency), strconv.Itoa(o.Spec.Template.Spec.ContainerConcurrency)},
		"memory":          {f.Deploy.Options.Resources.Limits.Memory, container.Resources.Limits["memory"]},
		"CPU":             {f.Deploy.Options.Resources.Requests["cpu"], container.Resources.Requests["cpu"]},
		"service account": {f.Deploy.ServiceAccountName, o.Spec.Template.Spec.ServiceAccountName},
		"readiness":       {f.Deploy.HealthEndpoints.Readiness, "/health/readiness"},
		"labels":          {strconv.Itoa(len(f.Deploy.Labels)), strconv.Itoa(len(o.Metadata.Labels))},
	}
	for what, both := range same {
		if both[0] != both[1] {
			t.Errorf("%s: func.yaml says %q, knative/manifests/%s.yaml says %q", what, both[0], f.Name, both[1])
		}
	}
	if got, want := f.Run.Envs, funcEnvs(o); !slices.Equal(got, want) {
		t.Errorf("func.yaml sets %v,\nknative/manifests/%s.yaml %v", got, f.Name, want)
	}
	for _, label := range f.Deploy.Labels {
		if o.Metadata.Labels[label.Key] != label.Value {
			t.Errorf("the label %s is %q in func.yaml only", label.Key, label.Value)
		}
	}
}

func TestAnUnknownFunctionIsRefusedWithTheKnownOnes(t *testing.T) {
	t.Parallel()
	if _, err := paraphe.Open("nosuch"); err == nil || !strings.Contains(err.Error(), "nosuch") || !strings.Contains(err.Error(), "send-mail") {
		t.Errorf("the function nosuch: %v", err)
	}
}

// funcEnvs is the environment of a Service as func writes it. It writes nothing that is empty.
func funcEnvs(o object) []nameValue {
	all := []nameValue{{"FUNCTION", o.Metadata.Name}} // one package at the root serves every function
	for _, e := range o.Spec.Template.Spec.Containers[0].Env {
		ref := e.ValueFrom.SecretKeyRef
		switch {
		case e.Value == nil:
			all = append(all, nameValue{e.Name, "{{ secret:" + ref.Name + ":" + ref.Key + " }}"})
		case *e.Value != "":
			all = append(all, nameValue{e.Name, *e.Value})
		}
	}
	return all
}
