package manifests

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"knative.dev/serving/pkg/apis/autoscaling"
)

// What Knative's own checks pass over, and would only be seen to do nothing.

// rules are asked about every object of a rendering.
var rules = []func(o object, all []object, namespace string) error{
	annotationsAreKnown, visibilityIsKnown, referencesLeadSomewhere, addressesLeadSomewhere, podsAreConfined,
	triggersLeaveDeliveryToTheBroker, deliveryOutlastsTheFunctions, identitiesAreOurs,
}

func TestWhatKnativePassesOver(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			all := rendered(t, r)
			for _, o := range all {
				for _, rule := range rules {
					if err := rule(o, all, r.namespace); err != nil {
						t.Errorf("%s: %v", o.id(), err)
					}
				}
			}
		})
	}
}

// read are the annotations that Knative reads where we write them. It passes over any other without a word.
var read = map[string]*regexp.Regexp{
	autoscaling.MinScaleAnnotationKey:                           regexp.MustCompile(`^[0-9]+$`),
	autoscaling.MaxScaleAnnotationKey:                           regexp.MustCompile(`^[1-9][0-9]*$`),
	autoscaling.TargetUtilizationPercentageKey:                  regexp.MustCompile(`^[1-9][0-9]?$`),
	autoscaling.ScaleToZeroPodRetentionPeriodKey:                regexp.MustCompile(`^[0-9]+(s|m)$`),
	autoscaling.WindowAnnotationKey:                             regexp.MustCompile(`^[0-9]+(s|m)$`),
	"queue.sidecar.serving.knative.dev/memory-resource-request": regexp.MustCompile(`^[0-9]+Mi$`),
	"queue.sidecar.serving.knative.dev/memory-resource-limit":   regexp.MustCompile(`^[0-9]+Mi$`),
	"eventing.knative.dev/broker.class":                         regexp.MustCompile(`^(MTChannelBasedBroker|Kafka)$`),
	"messaging.knative.dev/async-handler":                       regexp.MustCompile(`^true$`),
	"kafka.eventing.knative.dev/delivery.order":                 regexp.MustCompile(`^ordered$`),
	"helm.sh/resource-policy":                                   regexp.MustCompile(`^keep$`),
	"helm.sh/hook":                                              regexp.MustCompile(`^test$`),
	"helm.sh/hook-delete-policy":                                regexp.MustCompile(`^before-hook-creation$`),
}

func annotationsAreKnown(o object, _ []object, _ string) error {
	for _, place := range [][]string{{"metadata", "annotations"}, {"spec", "template", "metadata", "annotations"}} {
		given, _ := o.at(place...).(map[string]any)
		for key, value := range given {
			text, _ := value.(string)
			form := read[key]
			if form == nil || !form.MatchString(text) {
				return fmt.Errorf("nothing reads the annotation %s: %v", key, value)
			}
			if strings.HasPrefix(key, autoscaling.GroupName) && len(place) == 2 {
				return fmt.Errorf("%s belongs to the template", key)
			}
		}
	}
	return nil
}

func visibilityIsKnown(o object, _ []object, _ string) error {
	if o.at("metadata", "labels", "serving.knative.dev/visibility") != nil {
		return fmt.Errorf("this label is read no more: networking.knative.dev/visibility is")
	}
	if v := o.at("metadata", "labels", "networking.knative.dev/visibility"); v != nil && v != "cluster-local" {
		return fmt.Errorf("the visibility %v is none", v)
	}
	return nil
}

func triggersLeaveDeliveryToTheBroker(o object, _ []object, _ string) error {
	if o.kind() != "Trigger" {
		return nil
	}
	if o.at("spec", "delivery") != nil {
		return fmt.Errorf("a Trigger's delivery replaces the Broker's, dead letters included")
	}
	exact, _ := o.at("spec", "filter", "attributes").(map[string]any)
	if kind, _ := exact["type"].(string); len(exact) != 1 || kind == "" || o.at("spec", "filters") != nil {
		return fmt.Errorf("it filters by %v and not by one exact type, which every class of Broker can", exact)
	}
	return nil
}

// deliveryOutlastsTheFunctions: a delivery that is given up while its handler still works is made twice.
func deliveryOutlastsTheFunctions(o object, all []object, _ string) error {
	if o.kind() != "Broker" {
		return nil
	}
	for _, part := range []string{"retry", "backoffPolicy", "backoffDelay", "timeout", "deadLetterSink"} {
		if o.at("spec", "delivery", part) == nil {
			return fmt.Errorf("its delivery has no %s", part)
		}
	}
	waits, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(o.text("spec", "delivery", "timeout"), "PT"), "S"))
	if err != nil {
		return err
	}
	for name, service := range pick(all, "Service") {
		if takes, _ := service.at("spec", "template", "spec", "timeoutSeconds").(float64); int(takes)+10 > waits {
			return fmt.Errorf("it waits %d s, and %s may take %v s", waits, name, takes)
		}
	}
	return nil
}
