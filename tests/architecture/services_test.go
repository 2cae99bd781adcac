package architecture_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/function"
)

// common are the settings that the runtime reads and no function's struct names.
var common = []string{"BROKER_URL", "LOG_LEVEL"}

// fromOutside are the functions that a stranger may reach.
var fromOutside = []string{"frontend", "receive-webhook"}

// annotations are the only ones that may stand on a revision: Knative passes over a misspelt one without a word.
var annotations = map[string]string{
	"autoscaling.knative.dev/min-scale":                          `^0$`,
	"autoscaling.knative.dev/max-scale":                          `^[1-9][0-9]?$`,
	"autoscaling.knative.dev/target-utilization-percentage":      `^[1-9][0-9]$`,
	"autoscaling.knative.dev/scale-to-zero-pod-retention-period": `^[0-9]+s$`,
}

// serviceOf finds the one Knative Service of a function, and that it has a ServiceAccount of its own beside it.
func serviceOf(t *testing.T, name string) object {
	t.Helper()
	file := filepath.Join("knative", "manifests", name+".yaml")
	all := objects(t, file)
	if len(all) != 2 || all[0].Kind != "ServiceAccount" || all[1].Kind != "Service" || all[0].Metadata.Name != name || all[1].Metadata.Name != name {
		t.Fatalf("%s: want a ServiceAccount and a Service of the name %s", file, name)
	}
	return all[1]
}

func TestFunctionsAndServicesMatchOneToOne(t *testing.T) {
	t.Parallel()
	var want, got []string
	for name := range manifests() {
		want = append(want, "knative/manifests/"+name+".yaml")
	}
	found, _ := filepath.Glob("knative/manifests/*.yaml")
	for _, file := range found {
		if filepath.Base(file) != "kustomization.yaml" {
			got = append(got, filepath.ToSlash(file))
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(want, got) {
		t.Errorf("knative/manifests has %v, the functions are %v", got, want)
	}
}

func TestServicesSetWhatFunctionsRead(t *testing.T) {
	t.Parallel()
	for name, m := range manifests() {
		container := serviceOf(t, name).Spec.Template.Spec.Containers[0]
		read := function.SettingNames(m.Settings)
		var set []string
		for _, e := range container.Env {
			set = append(set, e.Name)
			if e.Value == nil && (e.ValueFrom.SecretKeyRef.Name != "paraphe-"+name || e.ValueFrom.SecretKeyRef.Key != secretKey(e.Name)) {
				t.Errorf("%s: %s comes from %+v, want the key %s of the Secret paraphe-%s",
					name, e.Name, e.ValueFrom.SecretKeyRef, secretKey(e.Name), name)
			}
			if !slices.Contains(read, e.Name) && !slices.Contains(common, e.Name) {
				t.Errorf("%s: knative/manifests sets %s, which no field of its Settings reads", name, e.Name)
			}
		}
		for _, setting := range read {
			if !slices.Contains(set, setting) {
				t.Errorf("%s: Settings reads %s, which knative/manifests does not set", name, setting)
			}
		}
		if says := len(m.Produces) > 0; says != slices.Contains(set, "BROKER_URL") {
			t.Errorf("%s: says something: %v; BROKER_URL is set: %v", name, says, !says)
		}
	}
}

func secretKey(setting string) string { return strings.ToLower(strings.ReplaceAll(setting, "_", "-")) }

func TestServicesAreShapedAlike(t *testing.T) {
	t.Parallel()
	for name := range manifests() {
		o := serviceOf(t, name)
		spec := o.Spec.Template.Spec
		if inside := o.Metadata.Labels["networking.knative.dev/visibility"] == "cluster-local"; inside == slices.Contains(fromOutside, name) {
			t.Errorf("%s can be reached from outside: %v", name, !inside)
		}
		for rule, value := range o.Spec.Template.Metadata.Annotations {
			if form, known := annotations[rule]; !known || !regexp.MustCompile(form).MatchString(value) {
				t.Errorf("%s: the annotation %s: %q is unknown or out of range", name, rule, value)
			}
		}
		if n := len(o.Spec.Template.Metadata.Annotations); n != len(annotations) {
			t.Errorf("%s has %d annotations, want all %d", name, n, len(annotations))
		}
		if spec.ServiceAccountName != name || spec.ContainerConcurrency == 0 || len(spec.Containers) != 1 {
			t.Errorf("%s: %+v", name, spec)
			continue
		}
		container := spec.Containers[0]
		if container.Image != "ko://"+module+"/knative/serve/"+name {
			t.Errorf("%s runs %s", name, container.Image)
		}
		if _, slow := container.ReadinessProbe["periodSeconds"]; slow || container.ReadinessProbe["httpGet"] == nil {
			t.Errorf("%s: the readiness probe is %v: with periodSeconds, a cold start waits for it", name, container.ReadinessProbe)
		}
		if container.Resources.Limits["memory"] == "" || container.Resources.Limits["cpu"] != "" {
			t.Errorf("%s: limits %v: memory is limited and CPU is not", name, container.Resources.Limits)
		}
	}
}

// TestTheBrokerWaitsLongerThanAServiceAnswers: a delivery given up while its handler still works is a duplicate made.
func TestTheBrokerWaitsLongerThanAServiceAnswers(t *testing.T) {
	t.Parallel()
	delivery := objects(t, "eventing/broker.yaml")[0].Spec.Delivery
	text, _ := delivery["timeout"].(string)
	seconds, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, "PT"), "S"))
	if err != nil {
		t.Fatalf("the Broker's timeout is %q", text)
	}
	for name, m := range manifests() {
		if limit := serviceOf(t, name).Spec.Template.Spec.TimeoutSeconds; len(m.Consumes) > 0 && limit+10 > seconds {
			t.Errorf("%s may take %d s; the Broker gives up after %d s, want 10 s more", name, limit, seconds)
		}
	}
	for _, part := range []string{"retry", "backoffPolicy", "backoffDelay", "deadLetterSink"} {
		if delivery[part] == nil {
			t.Errorf("the Broker's delivery has no %s", part)
		}
	}
}
