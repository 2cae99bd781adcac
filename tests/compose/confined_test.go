//go:build compose

package compose

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const imageLimit = 25 << 20 // compressed, as it is pulled

// confined is what the kernel says of a process that is nobody, can become nobody else and may do nothing special.
var confined = []string{
	`Uid:\s65532\s65532\s65532\s65532`, `Gid:\s65532\s65532\s65532\s65532`, `NoNewPrivs:\s1`, `Seccomp:\s2`,
	`CapInh:\s0{16}`, `CapPrm:\s0{16}`, `CapEff:\s0{16}`, `CapBnd:\s0{16}`, `CapAmb:\s0{16}`,
}

// What compose.yaml asks for is what the kernel grants: each of our processes is asked for, not the engine's word.
func TestEveryProcessIsConfined(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := running(ctx, t)
	for name, c := range all {
		if name == "postgres" {
			continue
		}
		process := fmt.Sprintf("/proc/%d/", c.State.Pid)
		output := aside(ctx, t, all["postgres"].Config.Image, "cat", process+"status", process+"mountinfo")
		for _, want := range confined {
			if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(output) {
				t.Errorf("%s is not %s:\n%s", name, want, output)
			}
		}
		if !regexp.MustCompile(`(?m)^\d+ \d+ \S+ / / ro,`).MatchString(output) {
			t.Errorf("%s may write into its image:\n%s", name, output)
		}
	}
}

// Each image is weighed as it is kept and as it is pulled.
func TestEveryImageIsSmall(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := running(ctx, t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name == "postgres" {
			continue
		}
		kept, pulled := weigh(ctx, t, all[name].Image)
		measured.add("image of "+name+": kept; pulled", "%.1f; %.1f MB", float64(kept)/1e6, float64(pulled)/1e6)
		if pulled > imageLimit {
			t.Errorf("%s has %d bytes, more than %d", name, pulled, imageLimit)
		}
	}
}

// counted counts what is written.
type counted int64

func (c *counted) Write(p []byte) (int, error) { *c += counted(len(p)); return len(p), nil }

// weigh asks by content, for a name may lead to another image by now. gzip is what registries keep layers in.
func weigh(ctx context.Context, t *testing.T, image string) (kept, pulled counted) {
	t.Helper()
	z := gzip.NewWriter(&pulled)
	save := exec.CommandContext(ctx, "docker", "save", image)
	save.Stdout = io.MultiWriter(&kept, z)
	if err := save.Run(); err != nil {
		t.Fatalf("docker save: %v", err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return kept, pulled
}

// An image that copies everything is given what the Dockerfile is given: code, and no secret that lies in the folder.
func TestNoSecretReachesABuilder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	secret, err := os.MkdirTemp("../..", "secrets-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(secret) })
	if err := os.WriteFile(filepath.Join(secret, "session-keys"), []byte("not for builders"), 0o600); err != nil {
		t.Fatal(err)
	}
	given := filepath.Join(t.TempDir(), "given")
	if _, err := commandIn(ctx, here.environment, strings.NewReader("FROM scratch\nCOPY . /\n"),
		"docker", "build", "--file", "-", "--output", "type=local,dest="+given, "."); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(given)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"functions", "go.mod", "go.sum", "knative", "shared"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("a builder is given %v, want %v (%v)", names, want, err)
	}
}
