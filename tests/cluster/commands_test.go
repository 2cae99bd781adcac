//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"sigs.k8s.io/yaml"
)

const architecture = runtime.GOARCH

// command runs a program in the project's folder and returns what it said; its error quotes what it complained of.
func command(ctx context.Context, in []byte, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = "../.."
	c.Stdin = bytes.NewReader(in)
	var out, complaints bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaints
	if err := c.Run(); err != nil {
		output := complaints.String()
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, output[max(0, len(output)-2000):])
	}
	return out.Bytes(), nil
}

func kubectl(ctx context.Context, args ...string) ([]byte, error) {
	return command(ctx, nil, "kubectl", args...)
}

// look reads objects of the cluster.
func look(ctx context.Context, into any, args ...string) error {
	text, err := kubectl(ctx, append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// readSecrets reads what `make keys` wrote, by Secret and key.
func readSecrets(text []byte) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	for one := range strings.SplitSeq(string(text), "\n---\n") {
		var secret struct {
			Metadata   struct{ Name string }
			StringData map[string]string
		}
		if err := yaml.Unmarshal([]byte(one), &secret); err != nil {
			return nil, err
		}
		all[secret.Metadata.Name] = secret.StringData
	}
	return all, nil
}

// domain is the one under which Knative publishes Services.
func domain(ctx context.Context) (string, error) {
	var config struct{ Data map[string]string }
	if err := look(ctx, &config, "configmap", "config-domain", "-n", "knative-serving"); err != nil {
		return "", err
	}
	for name := range config.Data {
		if !strings.HasPrefix(name, "_") {
			return name, nil
		}
	}
	return "", fmt.Errorf("knative-serving/config-domain names no domain")
}
