package broker

import (
	"strings"
	"testing"
)

func TestAWrongManifestIsNamedWithItsError(t *testing.T) {
	t.Parallel()
	const right = "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: right}\nspec:\n  broker: default\n" +
		"  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: listener}}\n"
	for name, c := range map[string]struct{ old, fresh, fault string }{
		"an unknown field":                 {"broker:", "brokerr:", "unknown field"},
		"another broker":                   {"broker: default", "broker: other", `"other"`},
		"another kind":                     {"kind: Trigger", "kind: Broker", "must be a Trigger"},
		"an unknown service":               {"name: listener", "name: nobody", `"nobody"`},
		"no subscriber":                    {"{ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: listener}}", "{}", "must have a ref"},
		"a wrong backoff":                  {"  broker:", "  delivery: {backoffPolicy: cubic}\n  broker:", "cubic"},
		"a duration of Go":                 {"  broker:", "  delivery: {timeout: 500ms}\n  broker:", "ISO 8601"},
		"a negative retry":                 {"  broker:", "  delivery: {retry: -1}\n  broker:", "0 or more"},
		"two of one name":                  {"apiVersion", right + "---\napiVersion", "another Trigger has this name"},
		"filters of the Subscriptions API": {"  broker:", "  filters: [{}]\n  broker:", "spec.filters"},
		"a dead letter to nobody":          {"  broker:", "  delivery: {deadLetterSink: {ref: {kind: Service, name: nobody}}}\n  broker:", `"nobody"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetting(t, "")
			s.listen(t, "listener", nil)
			s.write(t, "triggers/wrong.yaml", "# a comment alone\n---\n"+strings.Replace(right, c.old, c.fresh, 1))
			_, err := Open(s.options(Faults{}))
			if err == nil || !strings.Contains(err.Error(), c.fault) || !strings.Contains(err.Error(), "wrong.yaml") {
				t.Errorf("got %v, want an error of wrong.yaml with %q", err, c.fault)
			}
		})
	}
}

func TestTheProjectsManifestsAreRead(t *testing.T) {
	t.Parallel()
	s := newSetting(t, "")
	o := s.options(Faults{})
	o.Eventing = "../../../eventing"
	o.Resolve = func(service string) (string, bool) { return "http://" + service, true }
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.name != "default" || len(b.triggers) < 20 {
		t.Errorf("the broker %q has %d triggers", b.name, len(b.triggers))
	}
	for _, trigger := range b.triggers {
		if trigger.policy.retry != 8 || trigger.policy.deadLetters != "http://persist/dead-letters" {
			t.Errorf("%s has the delivery %+v, not the Broker's", trigger.name, trigger.policy)
		}
	}
}
