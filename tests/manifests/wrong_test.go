package manifests

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTheChecksRefuseWhatIsWrong puts one mistake into a good object and requires that a check finds it: one that finds
// nothing would look the same as one that has nothing to find.
func TestTheChecksRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	all := rendered(t, renderings[5]) // prod with identities has every kind
	const namespace = "elsewhere"
	for _, c := range []struct{ kind, name, old, new, want string }{
		{"Service", "persist", `"containerConcurrency"`, `"containerConcurency"`, "containerConcurency"},
		{"Service", "persist", `"timeoutSeconds":45`, `"timeoutSeconds":601`, "601"},
		{"Service", "persist", `"autoscaling.knative.dev/max-scale":"5"`, `"autoscaling.knative.dev/max-scale":"many"`, "many"},
		{"Service", "persist", `"autoscaling.knative.dev/max-scale":"5"`, `"autoscaling.knative.dev/max-scale":"0"`, "max-scale"},
		{"Service", "persist", `autoscaling.knative.dev/max-scale`, `autoscaling.knative.dev/maximum-scale`, "maximum-scale"},
		{"Service", "persist", `"cluster-local"`, `"cluster-lokal"`, "cluster-lokal"},
		{"Service", "persist", `"containerPort":8080`, `"containerPort":8012`, "8012"},
		{"Service", "persist", `"name":"LOG_LEVEL"`, `"name":"K_SERVICE"`, "K_SERVICE"},
		{"Service", "persist", `"serviceAccountName":"persist"`, `"serviceAccountName":"persit"`, "persit"},
		{"Service", "persist", `"runAsNonRoot":true`, `"runAsNonRoot":false`, "securityContext"},
		{"Service", "persist", `"automountServiceAccountToken":false,`, ``, "token"},
		{"Service", "send-mail", `http://persist.elsewhere.`, `http://persist.paraphe.`, "where nothing is"},
		{"Service", "send-mail", `elsewhere/default"`, `paraphe/default"`, "Broker"},
		{"ServiceAccount", "persist", `"automountServiceAccountToken":false`, `"automountServiceAccountToken":true`, "token"},
		{"Broker", "default", `"exponential"`, `"explosive"`, "explosive"},
		{"Broker", "default", `"PT0.5S"`, `"500ms"`, "500ms"},
		{"Broker", "default", `"retry":8`, `"retry":-1`, "retry"},
		{"Broker", "default", `"PT60S"`, `"PT50S"`, "50 s"},
		{"Broker", "default", `"name":"persist"`, `"name":"persits"`, "persits"},
		{"Broker", "default", `"Kafka"`, `"Kafak"`, "Kafak"},
		{"Trigger", "send-mail-consumes-mail-send", `"broker":"default"`, `"broker":"defautl"`, "defautl"},
		{"Trigger", "send-mail-consumes-mail-send", `"name":"send-mail"}`, `"name":"sendmail"}`, "sendmail"},
		{"Trigger", "send-mail-consumes-mail-send", `"type":`, `"Type":`, "Type"},
		{"Trigger", "send-mail-consumes-mail-send", `"broker":"default"`, `"broker":"default","delivery":{"retry":3}`, "dead letters"},
		{"Trigger", "send-mail-consumes-mail-send", `"broker":"default"`, `"broker":"default","filters":[{"exact":{"type":"a"},"suffix":{"type":"b"}}]`, "filters"},
		{"Trigger", "send-mail-consumes-mail-send", `dev/delivery.order`, `dev/delivery.oder`, "delivery.oder"},
		{"PingSource", "clock", `"* * * * *"`, `"* * * *"`, "* * * *"},
		{"PingSource", "clock", `"name":"default"`, `"name":"broker"`, "broker"},
		{"EventType", "dev.paraphe.mail.send", `{"name":"id","required":true},`, ``, "id"},
		{"EventPolicy", "persist-says", `system:serviceaccount:elsewhere:`, `system:serviceaccount:paraphe:`, "lets in"},
		{"EventPolicy", "persist-says", `:persist-consumes-*`, `:frontend-consumes-*`, "lets in"},
		{"EventPolicy", "persist-says", `"from"`, `"form"`, "form"},
		{"CronJob", "backup", `"schedule"`, `"shedule"`, "shedule"},
		{"CronJob", "backup", `"serviceAccountName":"backup"`, `"serviceAccountName":"bakcup"`, "bakcup"},
		{"CronJob", "backup", `"claimName":"backups"`, `"claimName":"bakcups"`, "bakcups"},
		{"CronJob", "backup", `"readOnlyRootFilesystem":true`, `"readOnlyRootFilesystem":false`, "securityContext"},
		{"CronJob", "backup", `"automountServiceAccountToken":false,`, ``, "token"},
		{"CronJob", "backup", `"name":"backup"},"spec":{"c`, `"name":"bakcup"},"spec":{"c`, "NetworkPolicy"},
		{"NetworkPolicy", "persist", `"podSelector"`, `"podsSelector"`, "podsSelector"},
	} {
		text, err := json.Marshal(pick(all, c.kind)[c.name])
		if err != nil || strings.Count(string(text), c.old) == 0 {
			t.Fatalf("%s %s has no %s: %s", c.kind, c.name, c.old, text)
		}
		var wrong object
		if err := json.Unmarshal([]byte(strings.Replace(string(text), c.old, c.new, 1)), &wrong); err != nil {
			t.Fatal(err)
		}
		if found := complaints(wrong, all, namespace); !strings.Contains(found, c.want) {
			t.Errorf("%s for %s in the %s %s: found %q", c.new, c.old, c.kind, c.name, found)
		}
	}
}

// complaints is all that the checks find.
func complaints(o object, all []object, namespace string) string {
	var found []string
	if err := accepts(o); err != nil {
		found = append(found, err.Error())
	}
	for _, rule := range rules {
		if err := rule(o, all, namespace); err != nil {
			found = append(found, err.Error())
		}
	}
	return strings.Join(found, "\n")
}

// TestTheDefinitionsRefuseWhatValidatePassesOver: a list that is null, and a field that the API server would drop.
func TestTheDefinitionsRefuseWhatValidatePassesOver(t *testing.T) {
	t.Parallel()
	good := pick(rendered(t, neutral), "Service")["persist"]
	v := conform(t)
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{`"ports":[{"containerPort":8080}]`: `"ports":null`, `"enableServiceLinks"`: `"enableServicesLinks"`} {
		var o object
		if err := json.Unmarshal([]byte(strings.Replace(string(text), old, wrong, 1)), &o); err != nil {
			t.Fatal(err)
		}
		if mistakes(v, o) == "" {
			t.Errorf("%s is taken", wrong)
		}
	}
}
