package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFakesNeedNoKeysOfOthers(t *testing.T) {
	t.Parallel()
	out, output, status := keys(t, "-standins", "-administrator", "admin@example.org")
	made := objects(t, out)
	if status != 0 || made["paraphe-orchestrate/signature-api-key"] == "" || made["paraphe-send-mail/sendgrid-api-key"] == "" {
		t.Errorf("%d, %v", status, slices.Sorted(maps.Keys(made)))
	}
	if who := made["paraphe-administrator/administrator"]; !strings.HasPrefix(who, "admin@example.org:") || len(who) < 30 {
		t.Errorf("the scenario logs in with %q", who)
	}
	if strings.Contains(output, "signature-api-key in") {
		t.Errorf("it says %s", output)
	}
	plain, _, _ := keys(t, "-administrator", "admin@example.org")
	if _, there := objects(t, plain)["paraphe-administrator/administrator"]; there {
		t.Error("the password of production's first account lies in the cluster")
	}
}

// TestEachContainerHasItsOwnSecretsOnly: what one knows, the others cannot give away.
func TestEachContainerHasItsOwnSecretsOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "compose")
	if out, output, status := keys(t, "-env", dir, "-administrator", "admin@example.org", "-database", "postgres://postgres:5432/paraphe"); status != 0 || out != "" || output != "" {
		t.Fatalf("%d: %s%s", status, out, output)
	}
	files := contents(t, dir)
	delete(files, ".gitignore")
	want := map[string][]string{
		"postgres.env": {"POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER"}, "yousign.env": {"SIGNATURE_API_KEY", "WEBHOOK_SECRETS"},
		"mailbox.env": {"SENDGRID_API_KEY"}, "scenario.env": {"ADMINISTRATOR"},
	}
	for name, read := range settings() {
		for _, setting := range read {
			if setting != "SMTP_URL" {
				want[name+".env"] = append(want[name+".env"], setting)
			}
		}
	}
	for file, text := range files {
		var got []string
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			got = append(got, name)
			if len(value) < 3 || value[0] != '\'' || strings.Count(value, "'") != 2 {
				t.Errorf("%s: %s is not in quotes", file, name)
			}
		}
		slices.Sort(want[file])
		if !slices.Equal(got, want[file]) {
			t.Errorf("%s has %v, want %v", file, got, want[file])
		}
	}
	if len(files) != len(want) {
		t.Errorf("written are %v", slices.Sorted(maps.Keys(files)))
	}
	if _, output, status := keys(t, "-env", dir); status != 1 || !strings.Contains(output, "already exists") {
		t.Errorf("over others: %d, %s", status, output)
	}
	if _, err := os.Stat(filepath.Join(dir, "frontend.env")); err == nil {
		t.Error("frontend has secrets")
	}
}

// What was written into a folder is what the same command would have written at once: nothing that is needed stays behind.
func TestAFolderHoldsEverySecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	if _, output, status := keys(t, "-out", dir, "-standins", "-administrator", "ada@example.org"); status != 0 {
		t.Fatal(output)
	}
	fromFolder, output, status := keys(t, "-from", dir)
	if status != 0 {
		t.Fatal(output)
	}
	atOnce, _, _ := keys(t, "-standins", "-administrator", "ada@example.org")
	got, want := slices.Sorted(maps.Keys(objects(t, fromFolder))), slices.Sorted(maps.Keys(objects(t, atOnce)))
	if !slices.Equal(got, want) {
		t.Errorf("from a folder %v, at once %v", got, want)
	}
}
