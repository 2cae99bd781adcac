package manifests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// known are the objects that others may name, besides those that an environment brings along: Secrets, by name.
func there(all []object, kind, name string) bool {
	if kind == "Secret" || kind == "" {
		return name != ""
	}
	_, found := pick(all, kind)[name]
	return found
}

// referencesLeadSomewhere follows every reference to an object of ours.
func referencesLeadSomewhere(o object, all []object, _ string) error {
	for _, path := range [][]string{{"spec", "subscriber", "ref"}, {"spec", "sink", "ref"}, {"spec", "reference"}, {"spec", "delivery", "deadLetterSink", "ref"}} {
		if ref, found := o.at(path...).(map[string]any); found {
			if kind, name := object(ref).text("kind"), object(ref).text("name"); !there(all, kind, name) {
				return fmt.Errorf("%s is the %s %q, which is not there", strings.Join(path, "."), kind, name)
			}
		}
	}
	if o.kind() == "Trigger" && !there(all, "Broker", o.text("spec", "broker")) {
		return fmt.Errorf("there is no Broker %q", o.text("spec", "broker"))
	}
	if o.kind() != "Service" && o.kind() != "CronJob" {
		return nil
	}
	if account := podOf(o).text("serviceAccountName"); !there(all, "ServiceAccount", account) {
		return fmt.Errorf("there is no ServiceAccount %q", account)
	}
	return volumesAreThere(o, all)
}

func volumesAreThere(o object, all []object) error {
	volumes, _ := podOf(o).at("volumes").([]any)
	for _, v := range volumes {
		volume := object(v.(map[string]any))
		if name := volume.text("configMap", "name"); name != "" && !there(all, "ConfigMap", name) {
			return fmt.Errorf("there is no ConfigMap %q", name)
		}
		if name := volume.text("persistentVolumeClaim", "claimName"); name != "" && !there(all, "PersistentVolumeClaim", name) && name != theirClaim {
			return fmt.Errorf("there is no PersistentVolumeClaim %q", name)
		}
	}
	return nil
}

// inside finds the name and the namespace in an address inside the cluster.
var inside = regexp.MustCompile(`^https?://([a-z-]+)\.([a-z-]+)\.svc\.cluster\.local(/.*)?$`)

// addressesLeadSomewhere: a function speaks to Services that are there, in the namespace that it is in.
func addressesLeadSomewhere(o object, all []object, namespace string) error {
	for _, container := range containers(o) {
		variables, _ := container["env"].([]any)
		for _, v := range variables {
			variable := object(v.(map[string]any))
			found := inside.FindStringSubmatch(variable.text("value"))
			switch {
			case found == nil:
			case found[2] == "knative-eventing":
				if found[3] != "/"+namespace+"/default" {
					return fmt.Errorf("%s is %s, another namespace's Broker", variable.text("name"), found[0])
				}
			case found[2] != namespace || !there(all, "Service", found[1]):
				return fmt.Errorf("%s is %s, where nothing is", variable.text("name"), found[0])
			}
		}
	}
	return nil
}

// podOf is the pod that an object is, or makes; nil if it makes none.
func podOf(o object) object {
	path := []string{"spec", "template", "spec"}
	switch o.kind() {
	case "Pod":
		path = []string{"spec"}
	case "CronJob":
		path = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	}
	pod, _ := o.at(path...).(map[string]any)
	return pod
}

func containers(o object) []object {
	list, _ := podOf(o).at("containers").([]any)
	var all []object
	for _, c := range list {
		all = append(all, object(c.(map[string]any)))
	}
	return all
}

// identitiesAreOurs: a policy lets in ServiceAccounts of ours only, and every function shows the Broker that identity.
func identitiesAreOurs(o object, all []object, namespace string) error {
	if o.kind() != "EventPolicy" {
		return nil
	}
	from, _ := o.at("spec", "from").([]any)
	for _, f := range from {
		source := object(f.(map[string]any))
		if sub := source.text("sub"); sub != "" {
			account, ours := strings.CutPrefix(sub, "system:serviceaccount:"+namespace+":")
			name, consumed := strings.CutSuffix(account, "-consumes-*")
			if service := pick(all, "Service")[name]; !ours || !shows(service, namespace) || consumed && !consumers(all, name) {
				return fmt.Errorf("it lets in %s, which no function of ours shows", sub)
			}
		} else if !there(all, source.text("ref", "kind"), source.text("ref", "name")) {
			return fmt.Errorf("it lets in %v, which is not there", source)
		}
	}
	return nil
}

// consumers reports whether the Triggers that are named after a function lead to it, and there is one: the Broker hands on a
// function's answers in its Triggers' names.
func consumers(all []object, name string) bool {
	found := false
	for trigger, o := range pick(all, "Trigger") {
		if strings.HasPrefix(trigger, name+"-consumes-") {
			if found = true; o.text("spec", "subscriber", "ref", "name") != name {
				return false
			}
		}
	}
	return found
}

// shows reports whether a Service mounts a token that is made for the Broker.
func shows(service object, namespace string) bool {
	volumes, _ := service.at("spec", "template", "spec", "volumes").([]any)
	return slices.ContainsFunc(volumes, func(v any) bool {
		sources, _ := object(v.(map[string]any)).at("projected", "sources").([]any)
		return len(sources) == 1 && object(sources[0].(map[string]any)).text("serviceAccountToken", "audience") ==
			"eventing.knative.dev/broker/"+namespace+"/default"
	})
}

// podsAreConfined: no token of the API, no root, nothing to write to, no capability, and the network limited by name.
func podsAreConfined(o object, all []object, _ string) error {
	pod := podOf(o)
	if o.kind() == "ServiceAccount" && o.at("automountServiceAccountToken") != false {
		return fmt.Errorf("its pods are given a token of the API")
	}
	if pod == nil || o.kind() == "EventType" {
		return nil
	}
	if pod["automountServiceAccountToken"] != false || pod["enableServiceLinks"] != false {
		return fmt.Errorf("its pod has a token of the API or the links to all Services")
	}
	want := `map[allowPrivilegeEscalation:false capabilities:map[drop:[ALL]] readOnlyRootFilesystem:true runAsNonRoot:true seccompProfile:map[type:RuntimeDefault]]`
	for _, container := range containers(o) {
		if got := fmt.Sprint(container["securityContext"]); got != want {
			return fmt.Errorf("its securityContext is %s", got)
		}
	}
	limited := o.kind() == "Service" || o.kind() == "CronJob"
	if policies := slices.Collect(maps.Keys(pick(all, "NetworkPolicy"))); limited && !slices.Contains(policies, o.name()) {
		return fmt.Errorf("no NetworkPolicy limits it")
	}
	return nil
}
