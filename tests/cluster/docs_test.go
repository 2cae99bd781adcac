//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mostCommands is what docs/deploy.md promises: from an empty cluster with Knative to the first contract.
const mostCommands = 8

// TestTheCommandsOfTheDocsLeadToAFirstContract runs the lines of docs/deploy.md as they are written there, in a namespace
// and on a database of their own. Only the first line, which sets what differs between installations, is the test's.
func TestTheCommandsOfTheDocsLeadToAFirstContract(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	lines := firstContract(t)
	if len(lines) > mostCommands || !strings.HasPrefix(lines[0], "export ") {
		t.Fatalf("%d commands, want at most %d; the first sets what differs: %q", len(lines), mostCommands, lines[0])
	}
	environment := surroundings(ctx, t, lines[0])
	for _, line := range lines[1:] {
		c := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", line)
		c.Dir, c.Env = "../..", append(os.Environ(), environment...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out[max(0, len(out)-4000):])
		}
		t.Logf("%s\n%s", line, out[max(0, len(out)-1000):])
	}
}

// firstContract reads the commands out of the page.
func firstContract(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(page), "<!-- first contract:")
	_, rest, fenced := strings.Cut(rest, "```bash\n")
	block, _, ends := strings.Cut(rest, "\n```\n<!-- /first contract -->")
	if !begins || !fenced || !ends {
		t.Fatal("docs/deploy.md has no commands for the first contract")
	}
	return strings.Split(block, "\n")
}

// surroundings gives each variable of the first line its value here: a database of its own, and a namespace that goes away.
func surroundings(ctx context.Context, t *testing.T, first string) []string {
	t.Helper()
	own, err := openDatabase(ctx, filepath.Join(here.folder, "postgres-docs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.stop() })
	host, port, err := net.SplitHostPort(own.address)
	if err != nil {
		t.Fatal(err)
	}
	namespace := here.namespace + "-docs"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if _, err := kubectl(ctx, "delete", "namespace", namespace, "--ignore-not-found"); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	values := fmt.Sprintf("eventing: {identities: {enabled: %t}}\nnetwork: {gateways: [%s], database: {cidr: %s/32, port: %s}}\n", here.identified, here.gateway.namespace, host, port)
	further, err := os.ReadFile("testdata/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "values.yaml"), append([]byte(values), further...), 0o600); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{
		"KO_DOCKER_REPO": os.Getenv("KO_DOCKER_REPO"), "DATABASE": own.address, "SUPERUSER": own.server.URL, "DOMAIN": here.domain, "NAMESPACE": namespace,
		"SECRETS": filepath.Join(dir, "secrets"), "VALUES": filepath.Join(dir, "values.yaml"), "TAG": here.tag,
	}
	var environment []string
	for _, assignment := range strings.Fields(strings.TrimPrefix(first, "export ")) {
		name, _, _ := strings.Cut(assignment, "=")
		value, known := given[name]
		if !known {
			t.Fatalf("docs/deploy.md sets %s, which this test has no value for", name)
		}
		environment = append(environment, name+"="+value)
	}
	return environment
}
