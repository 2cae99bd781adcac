//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

// outsider stands for the internet in clusters that are closed.
var outsider = flag.String("outside", "", "an address outside the cluster with port 443 that pods can reach, to try who may meet the internet")

// In a cluster whose network keeps to NetworkPolicies, each function reaches whom its work is with, and nobody else. That
// the scenarios are played there too shows that nothing is cut off that is needed.
func TestEachFunctionReachesWhomItsWorkIsWithAlone(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	ends, err := here.ends(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !enforced(ctx, t, ends["broker"]) {
		t.Skip("this cluster's network does not keep to NetworkPolicies")
	}
	for name, reaches := range map[string]string{
		"frontend":        "gateway names",
		"orchestrate":     "gateway names broker internet",
		"persist":         "names broker database",
		"generate-doc":    "gateway names broker",
		"send-mail":       "gateway names broker internet",
		"receive-webhook": "names broker",
		"somebody-else":   "gateway names broker database cluster internet", // but no neighbour: they let in the gateway alone
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context() // the other's ends with the function that starts this one
			var wanted []string
			for end, address := range ends {
				sign := "-"
				if strings.Contains(reaches, end) {
					sign = "+"
				}
				wanted = append(wanted, sign+address)
			}
			if output, err := call(ctx, map[string]string{"serving.knative.dev/service": name}, "caller-"+name, wanted...); err != nil {
				t.Errorf("not as it should be:\n%s%v", output, err)
			}
		})
	}
}

// ends are those whom somebody in a pod could try to reach, by what they are.
func (i *installation) ends(ctx context.Context) (map[string]string, error) {
	all := map[string]string{"database": i.database.address, "gateway": i.gateway.address}
	if *outsider != "" {
		all["internet"] = *outsider
	}
	var err error
	for end, find := range map[string]func() (string, error){
		"broker":    func() (string, error) { return serviceAddress(ctx, "broker-ingress", "knative-eventing") },
		"cluster":   func() (string, error) { return serviceAddress(ctx, "kubernetes", "default") },
		"names":     func() (string, error) { return serviceAddress(ctx, "kube-dns", "kube-system") },
		"neighbour": func() (string, error) { return i.pastTheGateway(ctx, "mailbox") },
	} {
		if all[end], err = find(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// serviceAddress is where a Service is found within the cluster: its first TCP port.
func serviceAddress(ctx context.Context, name, namespace string) (string, error) {
	var found struct {
		Spec struct {
			ClusterIP string
			Ports     []struct {
				Port     int
				Protocol string
			}
		}
	}
	if err := look(ctx, &found, "service", name, "-n", namespace); err != nil {
		return "", err
	}
	for _, p := range found.Spec.Ports {
		if p.Protocol == "TCP" {
			return net.JoinHostPort(found.Spec.ClusterIP, strconv.Itoa(p.Port)), nil
		}
	}
	return "", fmt.Errorf("the Service %s in %s has no TCP port", name, namespace)
}

// pastTheGateway is where queue-proxy listens in a function's pod.
func (i *installation) pastTheGateway(ctx context.Context, name string) (string, error) {
	address, err := kubectl(ctx, "get", "pods", "-n", i.namespace, "-l", "serving.knative.dev/service="+name, "-o", "jsonpath={.items[0].status.podIP}")
	return net.JoinHostPort(string(address), "8012"), err
}

// enforced tries whether a pod that a policy cuts off from everything is.
func enforced(ctx context.Context, t *testing.T, address string) bool {
	t.Helper()
	policy := `{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "cut-off"},
		"spec": {"podSelector": {"matchLabels": {"cut": "off"}}, "policyTypes": ["Egress"]}}`
	if err := here.apply(ctx, []byte(policy)); err != nil {
		t.Fatal(err)
	}
	output, err := call(ctx, map[string]string{"cut": "off"}, "caller-cut-off", "-"+address)
	if err != nil && !strings.Contains(string(output), address) {
		t.Fatalf("%s%v", output, err)
	}
	return err == nil
}

// call runs caller in a pod with these labels, which stand for a function's: policies go by them, and nothing is sent to it.
func call(ctx context.Context, labels map[string]string, name string, wanted ...string) ([]byte, error) {
	pod, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name, "labels": labels},
		"spec": map[string]any{
			"restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false,
			"containers": []any{map[string]any{
				"name": "caller", "image": os.Getenv("KO_DOCKER_REPO") + "/caller:" + here.tag, "args": wanted,
				"securityContext": map[string]any{
					"runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
					"capabilities": map[string]any{"drop": []string{"ALL"}}, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
				},
			}},
		},
	})
	if err != nil {
		return nil, err
	}
	if err := here.apply(ctx, pod); err != nil {
		return nil, err
	}
	defer func() {
		_, _ = kubectl(context.WithoutCancel(ctx), "delete", "pod", name, "-n", here.namespace, "--wait=false")
	}()
	if _, err := kubectl(ctx, "wait", "pod", name, "-n", here.namespace, "--for=jsonpath={.status.containerStatuses[0].state.terminated}", "--timeout=120s"); err != nil {
		return nil, err
	}
	status, err := kubectl(ctx, "get", "pod", name, "-n", here.namespace, "-o", "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}")
	if err != nil {
		return nil, err
	}
	output, err := kubectl(ctx, "logs", name, "-n", here.namespace)
	if err == nil && string(status) != "0" {
		err = fmt.Errorf("it ended with %s", status)
	}
	return output, err
}
