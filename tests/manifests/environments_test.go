package manifests

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// standIns are what is outside, played inside.
var standIns = []string{"mailbox", "phone", "yousign"}

// fakeAddress is where the fake of the signature service answers in a cluster; the real one is yousign.app.
var fakeAddress = regexp.MustCompile(`//yousign\.[a-z-]+\.`)

func TestOnlyDevelopmentAndTestBringTheStandIns(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		all := rendered(t, r)
		has, tested := pick(all, "Service"), len(pick(all, "Pod")) == 1
		for _, name := range standIns {
			if _, brought := has[name]; brought != (r.name == "dev" || r.name == "test") || brought != tested {
				t.Errorf("%s brings %s: %v, and a scenario for helm test: %v", r.name, name, brought, tested)
			}
		}
		for _, o := range all {
			if text := fmt.Sprint(o); !has["yousign"].isThere() && (strings.Contains(text, "knative/local") || fakeAddress.MatchString(text)) {
				t.Errorf("%s: %s speaks of a stand-in", r.name, o.id())
			}
		}
	}
}

func (o object) isThere() bool { return o != nil }

func TestEverythingIsAtZeroUnlessProductionSaysSo(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		for name, service := range pick(rendered(t, r), "Service") {
			least := service.text("spec", "template", "metadata", "annotations", "autoscaling.knative.dev/min-scale")
			if slices.Contains(standIns, name) != (least == "1") && !slices.Contains(r.files, "prod") {
				t.Errorf("%s: %s runs %s pods when nobody asks", r.name, name, least)
			}
		}
	}
}

// TestTheFrontDoorStaysOpenWhileNodesAreDrained: what strangers and people meet has two pods, of which one may go.
func TestTheFrontDoorStaysOpenWhileNodesAreDrained(t *testing.T) {
	t.Parallel()
	all := rendered(t, rendering{namespace: "paraphe", files: []string{"prod"}})
	budgets := pick(all, "PodDisruptionBudget")
	for _, name := range []string{"frontend", "receive-webhook", "orchestrate"} {
		least := pick(all, "Service")[name].text("spec", "template", "metadata", "annotations", "autoscaling.knative.dev/min-scale")
		budget := budgets[name]
		if least != "2" || budget.at("spec", "maxUnavailable") != float64(1) ||
			budget.at("spec", "selector", "matchLabels", "serving.knative.dev/service") != name {
			t.Errorf("%s: %s pods, %v", name, least, budget)
		}
	}
	if len(budgets) != 3 { // one pod's budget would keep its node from ever being drained
		t.Errorf("budgets for %v", slices.Collect(maps.Keys(budgets)))
	}
}

func TestProductionHasItsOwnBrokerAndSecrets(t *testing.T) {
	t.Parallel()
	all := rendered(t, rendering{namespace: "paraphe", files: []string{"prod"}, set: "{functions: {persist: {secret: their-database}}}"})
	broker := pick(all, "Broker")["default"]
	if broker.at("metadata", "annotations", "eventing.knative.dev/broker.class") != "Kafka" || broker.text("spec", "config", "name") == "" ||
		broker.at("spec", "delivery", "deadLetterSink", "ref", "name") != "persist" {
		t.Errorf("%v", broker)
	}
	for name, service := range pick(all, "Service") {
		text := fmt.Sprint(containers(service)[0]["env"])
		if strings.Contains(text, "sandbox") || strings.Contains(text, "//broker-ingress") || (name == "persist") != strings.Contains(text, "name:their-database") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestTheClockTicksAsOftenAsTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{"{}": "* * * * *", "{eventing: {clock: {schedule: '*/5 * * * *'}}}": "*/5 * * * *"} {
		if got := pick(rendered(t, rendering{namespace: "paraphe", set: set}), "PingSource")["clock"].text("spec", "schedule"); got != want {
			t.Errorf("%s: %s", set, got)
		}
	}
}

// TestOnlyTheStandInCallsFromInside: production believes the addresses that the service publishes, as they stand.
func TestOnlyTheStandInCallsFromInside(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile(filepath.Join(root, "knative", "manifests", "addresses", "yousign.main"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range renderings {
		list := pick(rendered(t, r), "ConfigMap")["receive-webhook-addresses"].text("data", "yousign.main")
		if plays := r.name == "dev" || r.name == "test"; plays == (list == string(published)) || plays != strings.Contains(list, "10.0.0.0/8") {
			t.Errorf("%s: strangers may call from %s", r.name, list)
		}
	}
}

// TestAnImageHasTheRegistryAndItsDigestOrTheTag, under the name that ko gives it.
func TestAnImageHasTheRegistryAndItsDigestOrTheTag(t *testing.T) {
	t.Parallel()
	plain, digest := pick(rendered(t, neutral), "Service"), "sha256:"+strings.Repeat("ab", 32)
	pinned := path.Base(containers(plain["persist"])[0].text("image"))
	r := rendering{namespace: "paraphe", set: fmt.Sprintf("images: {registry: ghcr.io/us, tag: v7, digests: {%s: '%s'}}", pinned, digest)}
	for name, service := range pick(rendered(t, r), "Service") {
		want := path.Base(containers(plain[name])[0].text("image"))
		if want += ":v7"; want == pinned+":v7" {
			want = pinned + "@" + digest
		}
		if image := containers(service)[0].text("image"); image != "ghcr.io/us/"+want {
			t.Errorf("%s runs %s, want %s", name, image, want)
		}
	}
}

// TestOnlyThoseWhoMayMeetTheInternetAndTheDatabase reads the policies as a network does.
func TestOnlyThoseWhoMayMeetTheInternetAndTheDatabase(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		for name, policy := range pick(rendered(t, r), "NetworkPolicy") {
			text := fmt.Sprint(policy.at("spec", "egress"))
			if out := strings.Contains(text, "0.0.0.0/0"); out != (name == "orchestrate" || name == "send-mail") {
				t.Errorf("%s: %s meets the internet: %v", r.name, name, out)
			}
			keepsRecord := name == "persist" || name == "backup"
			if database := strings.Contains(text, "port:5432"); database != keepsRecord {
				t.Errorf("%s: %s reaches PostgreSQL: %v", r.name, name, database)
			}
			if narrow := strings.Contains(text, "cidr:10.0.0.0/8"); keepsRecord && narrow != slices.Contains(r.files, "prod") {
				t.Errorf("%s: %s reaches one network: %v", r.name, name, narrow)
			}
			if strings.Contains(fmt.Sprint(policy.at("spec", "ingress")), "ipBlock") || !chooses(policy, name) {
				t.Errorf("%s: %s lets somebody in past the gateway, or is about another", r.name, name)
			}
		}
	}
}

// chooses reports whether a policy is about the pods of this name: a function's, or the one that makes backups.
func chooses(policy object, name string) bool {
	label := "serving.knative.dev/service"
	if name == "backup" {
		label = "app.kubernetes.io/name"
	}
	return fmt.Sprint(policy.at("spec", "podSelector", "matchLabels")) == fmt.Sprintf("map[%s:%s]", label, name)
}

// TestOnlyTheDoorsCanBeReachedFromOutside, and orchestrate if it is asked for.
func TestOnlyTheDoorsCanBeReachedFromOutside(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		for name, service := range pick(rendered(t, r), "Service") {
			door := name == "frontend" || name == "receive-webhook" || slices.Contains(standIns, name) || name == "orchestrate" && r.name == "canary"
			if inside := service.at("metadata", "labels", "networking.knative.dev/visibility") == "cluster-local"; inside == door {
				t.Errorf("%s: %s can be reached from outside: %v", r.name, name, !inside)
			}
		}
	}
}
