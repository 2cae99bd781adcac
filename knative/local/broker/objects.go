package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"sigs.k8s.io/yaml"
)

// The parts of Knative's objects that decide what is delivered where
// (https://knative.dev/docs/eventing/reference/eventing-api/). A field that is not here is refused: it would change
// something in a cluster and nothing here.
type (
	head struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Metadata   metadata `json:"metadata"`
	}
	metadata struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	}
	brokerObject struct {
		head
		Spec struct {
			Config   *reference    `json:"config"`
			Delivery *deliverySpec `json:"delivery"`
		} `json:"spec"`
	}
	triggerObject struct {
		head
		Spec struct {
			Broker     string           `json:"broker"`
			Filter     *attributeFilter `json:"filter"`
			Filters    json.RawMessage  `json:"filters"`
			Subscriber destination      `json:"subscriber"`
			Delivery   *deliverySpec    `json:"delivery"`
		} `json:"spec"`
	}
	destination struct {
		Ref *reference `json:"ref"`
		URI string     `json:"uri"`
	}
	reference struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		Namespace  string `json:"namespace"`
	}
)

// trigger is a Trigger with its addresses resolved.
type trigger struct {
	name       string
	filter     filter
	subscriber string // address
	policy     policy
}

// readManifests fills in the broker's name, its triggers and the slots of each address.
func (b *Broker) readManifests() error {
	var object brokerObject
	file := filepath.Join(b.o.Eventing, "broker.yaml")
	text, err := os.ReadFile(file) // #nosec G304 -- the folder was given to us
	if err != nil {
		return fmt.Errorf("read the Broker: %w", err)
	}
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if object.Kind != "Broker" || object.APIVersion != "eventing.knative.dev/v1" {
		return fmt.Errorf("%s: %s %s must be a Broker of eventing.knative.dev/v1", file, object.APIVersion, object.Kind)
	}
	b.name = object.Metadata.Name
	files, err := filepath.Glob(filepath.Join(b.o.Eventing, "triggers", "*.yaml"))
	if err != nil {
		return fmt.Errorf("find the Triggers: %w", err)
	}
	for _, file := range files {
		if err := b.readTriggers(file, object.Spec.Delivery); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// documentSeparator is what stands between the documents of a YAML file.
var documentSeparator = regexp.MustCompile(`(?m)^---\s*$`)

func (b *Broker) readTriggers(file string, fallback *deliverySpec) error {
	text, err := os.ReadFile(file) // #nosec G304 -- the folder was given to us
	if err != nil {
		return err
	}
	for _, document := range documentSeparator.Split(string(text), -1) {
		if json, err := yaml.YAMLToJSON([]byte(document)); err == nil && string(json) == "null" {
			continue // nothing but comments
		}
		var object triggerObject
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			return err
		}
		if err := b.addTrigger(object, fallback); err != nil {
			return fmt.Errorf("the Trigger %q: %w", object.Metadata.Name, err)
		}
	}
	return nil
}

func (b *Broker) addTrigger(object triggerObject, fallback *deliverySpec) error {
	switch {
	case object.Kind != "Trigger" || object.APIVersion != "eventing.knative.dev/v1":
		return fmt.Errorf("%s %s must be a Trigger of eventing.knative.dev/v1", object.APIVersion, object.Kind)
	case b.trigger(object.Metadata.Name) != nil:
		return errors.New("another Trigger has this name")
	case object.Spec.Broker != b.name:
		return fmt.Errorf("its broker is %q, not %q", object.Spec.Broker, b.name)
	}
	t := &trigger{name: object.Metadata.Name}
	var err error
	if t.filter, err = newFilter(object.Spec.Filter, object.Spec.Filters); err != nil {
		return err
	}
	if t.subscriber, err = b.address(object.Spec.Subscriber); err != nil {
		return err
	}
	delivery := fallback
	if object.Spec.Delivery != nil {
		delivery = object.Spec.Delivery // as a whole, the dead-letter sink included
	}
	if t.policy, err = b.newPolicy(delivery); err != nil {
		return err
	}
	b.triggers = append(b.triggers, t)
	for _, address := range []string{t.subscriber, t.policy.deadLetters} {
		if b.slots[address] == nil {
			b.slots[address] = make(slots, maxConcurrent)
		}
	}
	return nil
}
