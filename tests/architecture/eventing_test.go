package architecture_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// The EventTypes and EventPolicies repeat what the functions promise in Go, so they are written from it.

// published is where the JSON Schemas of the events can be read by whoever subscribes to them.
const published = "https://raw.githubusercontent.com/paraphe/paraphe/main/eventing/types/schemas/"

const eventType = `# What is known of this event. Written by ` + "`make golden`" + ` from shared/events and its schema.
apiVersion: eventing.knative.dev/v1beta3
kind: EventType
metadata:
  name: %s
spec:
  description: %q
  reference: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}
  attributes:
    - {name: specversion, required: true, value: "1.0"}
    - {name: id, required: true}
    - {name: source, required: true, value: %q}
    - {name: type, required: true, value: %s}
    - {name: datacontenttype, required: true, value: application/json}
    - {name: dataschema, required: false, value: "%s%s.json"}
`

const subject = "    - {name: subject, required: true} # the contract's id, and the key by which an ordered Broker keeps events apart\n" +
	"    - {name: partitionkey, required: true}\n"

const signature = "    - {name: signaturekey, required: true} # whose key signed it\n" +
	"    - {name: signature, required: true}\n"

func TestEventTypesAreTheCatalogueGolden(t *testing.T) {
	t.Parallel()
	authors := map[string]string{}
	for name, m := range manifests() {
		for _, p := range m.Produces {
			authors[p.Type()] = name
		}
	}
	files := map[string]string{}
	for _, p := range events.Catalogue {
		var schema struct{ Description string }
		text, err := os.ReadFile(filepath.Join("eventing", "types", "schemas", p.Type()+".json"))
		if err == nil {
			err = json.Unmarshal(text, &schema)
		}
		if err != nil {
			t.Fatal(err)
		}
		wire, source := events.WireType(p), cmp.Or(authors[p.Type()], "/apis/v1/namespaces/{namespace}/pingsources/clock")
		files[p.Type()] = fmt.Sprintf(eventType, wire, schema.Description, source, wire, published, p.Type())
		if events.IsAboutContract(p) {
			files[p.Type()] += subject
		}
		if authors[p.Type()] != "" {
			files[p.Type()] += signature
		}
	}
	checkGolden(t, filepath.Join("eventing", "types"), files)
}

const eventPolicy = `# Who may say this to the Broker, in a cluster that knows identities. Written by ` + "`make golden`" + ` from the functions' manifests.
apiVersion: eventing.knative.dev/v1alpha1
kind: EventPolicy
metadata:
  name: %s-says
spec:
  to:
    - ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}
  from:
%s  filters:
    - any:
`

func TestEventPoliciesAreWhatFunctionsProduceGolden(t *testing.T) {
	t.Parallel()
	files := map[string]string{"clock": policy("clock", []string{"ref: {apiVersion: sources.knative.dev/v1, kind: PingSource, name: clock}"}, events.ClockTicked{})}
	for name, m := range manifests() {
		says := m.Produces
		if name == "persist" {
			says = events.Catalogue // it also gives dead letters to the Broker again, as they came
		}
		if len(says) > 0 {
			files[name] = policy(name, identities(name, m), says...)
		}
	}
	checkGolden(t, filepath.Join("eventing", "policies"), files)
}

// identities is whom a function's events come from: itself, and the Triggers by which it consumes, in whose name the Broker
// hands on what it answers with. They are meant by how Knative names their accounts, after them: a policy that refers to a
// Trigger is not ready before the Trigger, which waits for the Broker, which waits for its policies.
func identities(name string, m function.Manifest) []string {
	from := []string{"sub: system:serviceaccount:paraphe:" + name}
	if len(m.Consumes) > 0 {
		from = append(from, `sub: "system:serviceaccount:paraphe:`+name+`-consumes-*"`)
	}
	return from
}

func policy(name string, from []string, says ...events.Payload) string {
	text := fmt.Sprintf(eventPolicy, name, "    - "+strings.Join(from, "\n    - ")+"\n")
	for _, p := range says {
		text += fmt.Sprintf("        - exact: {type: %s}\n", events.WireType(p))
	}
	return text
}

// checkGolden requires that a folder holds these YAML files, whose names are without their ending, and no other beside
// its index.
func checkGolden(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		file := filepath.Join(folder, name+".yaml")
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s is not what the Go code says (%v): make golden, and look at the difference", file, err)
		}
	}
	found, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
	for _, file := range found {
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); want[name] == "" && name != "kustomization" {
			t.Errorf("%s stands for nothing in the Go code", file)
		}
	}
}

// TestFunctionsPublishOnlyUnderTheirOwnName: a policy goes by the ServiceAccount, so each function that says something has its
// own, and the policy names it in the namespace that the plain YAML is written for.
func TestFunctionsPublishOnlyUnderTheirOwnName(t *testing.T) {
	t.Parallel()
	var accounts []string
	for name := range manifests() {
		accounts = append(accounts, serviceOf(t, name).Spec.Template.Spec.ServiceAccountName)
	}
	slices.Sort(accounts)
	if once := slices.Compact(slices.Clone(accounts)); len(once) != len(accounts) {
		t.Errorf("functions share ServiceAccounts: %v", accounts)
	}
}
