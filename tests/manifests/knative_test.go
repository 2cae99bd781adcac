package manifests

import (
	"context"
	"fmt"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	eventingv1 "knative.dev/eventing/pkg/apis/eventing/v1"
	"knative.dev/eventing/pkg/apis/eventing/v1alpha1"
	"knative.dev/eventing/pkg/apis/eventing/v1beta3"
	"knative.dev/eventing/pkg/apis/feature"
	sourcesv1 "knative.dev/eventing/pkg/apis/sources/v1"
	"knative.dev/pkg/apis"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

// ours is what Knative's webhooks are asked about.
type ours interface {
	apis.Defaultable
	apis.Validatable
}

// kinds are all that the project gives to a cluster.
var kinds = map[string]func() any{
	"serving.knative.dev/v1 Service":            func() any { return &servingv1.Service{} },
	"eventing.knative.dev/v1 Broker":            func() any { return &eventingv1.Broker{} },
	"eventing.knative.dev/v1 Trigger":           func() any { return &eventingv1.Trigger{} },
	"eventing.knative.dev/v1beta3 EventType":    func() any { return &v1beta3.EventType{} },
	"eventing.knative.dev/v1alpha1 EventPolicy": func() any { return &v1alpha1.EventPolicy{} },
	"sources.knative.dev/v1 PingSource":         func() any { return &sourcesv1.PingSource{} },
	"v1 ServiceAccount":                         func() any { return &corev1.ServiceAccount{} },
	"v1 ConfigMap":                              func() any { return &corev1.ConfigMap{} },
	"v1 Pod":                                    func() any { return &corev1.Pod{} },
	"networking.k8s.io/v1 NetworkPolicy":        func() any { return &networkingv1.NetworkPolicy{} },
	"batch/v1 CronJob":                          func() any { return &batchv1.CronJob{} },
	"v1 PersistentVolumeClaim":                  func() any { return &corev1.PersistentVolumeClaim{} },
	"policy/v1 PodDisruptionBudget":             func() any { return &policyv1.PodDisruptionBudget{} },
}

// cluster is the settings of a cluster that has switched identities on, which EventPolicies need, and is as installed
// otherwise.
func cluster() context.Context {
	flags := feature.Flags{feature.OIDCAuthentication: feature.Enabled, feature.DeliveryTimeout: feature.Enabled}
	return apis.WithinCreate(feature.ToContext(context.Background(), flags))
}

// accepts asks what the cluster's webhooks would: is every field known, and does Knative find the object valid?
func accepts(o object) error {
	newOf := kinds[o.text("apiVersion")+" "+o.kind()]
	if newOf == nil {
		return fmt.Errorf("%s is of a kind that is not checked", o.id())
	}
	typed := newOf()
	if err := o.into(typed); err != nil {
		return fmt.Errorf("%s: %w", o.id(), err)
	}
	asked, ok := typed.(ours)
	if !ok {
		return nil // Kubernetes' own kinds have no Validate outside of its API server
	}
	asked.SetDefaults(cluster())
	if err := asked.Validate(cluster()); err != nil {
		return fmt.Errorf("%s: %w", o.id(), err)
	}
	return nil
}

func TestKnativeAcceptsEveryObject(t *testing.T) {
	t.Parallel()
	for _, r := range renderings {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, o := range rendered(t, r) {
				if err := accepts(o); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
