package manifests

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

const (
	imageLimit = 25 << 20 // compressed, as a node pulls it
	baseSize   = 2 << 20  // more than distroless/static has: CA certificates, time zones and a user
)

// counted counts what is written.
type counted int64

func (c *counted) Write(p []byte) (int, error) { *c += counted(len(p)); return len(p), nil }

// TestEveryImageIsSmall builds each program as the images have it and compresses it as a layer is.
func TestEveryImageIsSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir, "./knative/serve/...", "./knative/local")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, said)
	}
	programs, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(programs) != len(pick(rendered(t, neutral), "Service"))+1 {
		t.Fatalf("built are %v, %v", programs, err)
	}
	for _, program := range programs {
		size := compressed(t, program) + baseSize
		t.Logf("%-16s %4.1f MB with its base", filepath.Base(program), float64(size)/(1<<20))
		if size > imageLimit {
			t.Errorf("%s has %d bytes, more than %d", filepath.Base(program), size, imageLimit)
		}
	}
}

func compressed(t *testing.T, file string) counted {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var size counted
	z, err := gzip.NewWriterLevel(&size, gzip.BestSpeed) // as ko does
	if err == nil {
		_, err = io.Copy(z, f)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return size
}

var (
	base = regexp.MustCompile(`(?m)^(?:ARG BASE_IMAGE=|defaultBaseImage: )(gcr\.io/distroless/static:nonroot@sha256:[0-9a-f]{64})$`)
	from = regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`)
)

// TestKoAndDockerBuildOnTheSamePinnedBase, and everything else that is pulled is pinned too, unless somebody names another.
func TestKoAndDockerBuildOnTheSamePinnedBase(t *testing.T) {
	t.Parallel()
	var bases []string
	for _, name := range []string{".ko.yaml", "Dockerfile"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		found := base.FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no pinned base", name)
		}
		bases = append(bases, string(found[1]))
		for _, pulled := range from.FindAllSubmatch(text, -1) {
			argument := bytes.TrimSuffix(bytes.TrimPrefix(pulled[1], []byte("${")), []byte("}"))
			if !regexp.MustCompile(`(?m)^ARG ` + regexp.QuoteMeta(string(argument)) + `=\S+@sha256:[0-9a-f]{64}$`).Match(text) {
				t.Errorf("%s: %s is not pinned", name, pulled[1])
			}
		}
		if name == "Dockerfile" && !regexp.MustCompile(`(?m)^USER 65532:65532$`).Match(text) {
			t.Error("the Dockerfile's program runs as root")
		}
	}
	if bases[0] != bases[1] {
		t.Errorf("ko builds on %s, Docker on %s", bases[0], bases[1])
	}
}
