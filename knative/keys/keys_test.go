package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/shared/function"
)

// keys runs the command and returns what it wrote.
func keys(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, output bytes.Buffer
	status = run(args, &out, &output)
	return out.String(), output.String(), status
}

// objects reads Secrets: their values by "secret/key".
func objects(t *testing.T, text string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for document := range strings.SplitSeq(text, "---\n") {
		var o struct {
			Kind       string
			Metadata   struct{ Name string }
			StringData map[string]string
		}
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatal(err)
		}
		for key, value := range o.StringData {
			if o.Kind != "Secret" {
				t.Errorf("%s is a %s", o.Metadata.Name, o.Kind)
			}
			all[o.Metadata.Name+"/"+key] = value
		}
	}
	return all
}

var reference = regexp.MustCompile(`secretKeyRef: \{name: ([a-z-]+), key: ([a-z-]+)`)

func TestTheSecretsAreThoseThatTheManifestsReferTo(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../manifests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range reference.FindAllStringSubmatch(string(text), -1) {
			want[found[1]+"/"+found[2]] = true
		}
	}
	out, _, _ := keys(t)
	got := objects(t, out)
	if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); !slices.Equal(a, b) {
		t.Errorf("the manifests refer to %v\nthe command makes %v", a, b)
	}
	for name, value := range got {
		if _, fromOthers := given[strings.ToUpper(strings.ReplaceAll(filepath.Base(name), "-", "_"))]; value == "" && !fromOthers && name != "paraphe-persist/first-administrator" {
			t.Errorf("%s is empty", name)
		}
	}
}

var literal = regexp.MustCompile(`\{name: ([A-Z_]+), value: "?([^"}]*)"?\}`)

// TestEveryFunctionReadsWhatWasMade, beside what its manifest sets. It sets the environment, so it is not parallel.
func TestEveryFunctionReadsWhatWasMade(t *testing.T) {
	out, _, _ := keys(t, "-administrator", "admin@example.org")
	made := objects(t, out)
	made["paraphe-orchestrate/signature-api-key"] = "as if Yousign had given it"
	for _, m := range paraphe.Manifests() {
		t.Run(m.Name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "manifests", m.Name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range literal.FindAllStringSubmatch(string(text), -1) {
				t.Setenv(found[1], found[2])
			}
			for _, setting := range settings()[m.Name] {
				t.Setenv(setting, made[secretName(m.Name)+"/"+keyName(setting)])
			}
			into := reflect.New(reflect.TypeOf(m.Settings))
			if err := (function.Boot{Name: m.Name}).Settings(into.Interface()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoTwoSecretsAreEqual(t *testing.T) {
	t.Parallel()
	first, _, _ := keys(t)
	second, _, _ := keys(t)
	a, b := objects(t, first), objects(t, second)
	for name, value := range a {
		if value != "" && value == b[name] {
			t.Errorf("%s is the same twice", name)
		}
	}
	seen := map[string]string{}
	for name, value := range a {
		if strings.HasSuffix(name, "/function-key") {
			if _, key, _ := strings.Cut(value, ":"); seen[key] != "" {
				t.Errorf("%s is %s", name, seen[key])
			} else {
				seen[key] = name
			}
		}
	}
	if a["paraphe-orchestrate/seal-keys"] != a["paraphe-receive-webhook/seal-keys"] {
		t.Error("what orchestrate seals, receive-webhook cannot open")
	}
}

func TestFilesAreForTheirUserAloneAndNeverOverwritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	if out, output, status := keys(t, "-out", dir, "-administrator", "admin@example.org"); status != 0 || out != "" {
		t.Fatalf("%d: %s%s", status, out, output)
	}
	before := contents(t, dir)
	if len(before) < 15 || before[passwordFile] == "" || before["paraphe-persist/database-url"] == "" {
		t.Errorf("%d files: %v", len(before), slices.Sorted(maps.Keys(before)))
	}
	if before[".gitignore"] != "*\n" {
		t.Error("the folder has no .gitignore")
	}
	if err := os.Remove(filepath.Join(dir, "paraphe-generate-doc", "function-key")); err != nil {
		t.Fatal(err)
	}
	if _, output, status := keys(t, "-out", dir); status != 1 || !strings.Contains(output, "already exists") {
		t.Errorf("over others: %d, %s", status, output)
	}
	delete(before, "paraphe-generate-doc/function-key")
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Error("something was written all the same")
	}
}

// contents reads every file of a folder and requires that nobody else can.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Type() == fs.ModeSymlink { // its own mode is nobody's
			return nil
		}
		info, err := entry.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("%s has the mode %s: %w", path, info.Mode(), err)
		}
		if entry.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all
}

func TestTheOutputHasNoSecrets(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	_, output, _ := keys(t, "-out", dir, "-administrator", "admin@example.org")
	_, again, _ := keys(t, "-out", dir)
	if err := os.WriteFile(filepath.Join(dir, "paraphe-persist", "function-key"), []byte("persist:s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, malformed, status := keys(t, "-from", dir)
	if status != 1 || !strings.Contains(malformed, "function-key in paraphe-persist") || strings.Contains(malformed, "s3cret") {
		t.Errorf("a malformed key: %d, %s", status, malformed)
	}
	for name, value := range contents(t, dir) {
		if strings.Contains(output+again+malformed, value) {
			t.Errorf("%s was said", name)
		}
	}
	if !strings.Contains(output, "signature-api-key in paraphe-orchestrate") || strings.Count(output, "still to be given") != 3 {
		t.Errorf("it says %s", output)
	}
}

func TestWrongArgumentsAreNamed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	if _, output, status := keys(t, "-out", dir); status != 0 {
		t.Fatal(output)
	}
	for want, args := range map[string][]string{
		"unexpected argument":          {"all"},
		"-rotate needs -from":          {"-rotate", "add"},
		"do not combine them with":     {"-standins", "-from", dir},
		"it must be add, use or drop":  {"-rotate", "next", "-from", dir},
		"is not a kind of keys":        {"-rotate", "add", "-from", dir, "-keys", "house"},
		"-database must be a URL":      {"-database", "postgres://user:word@host/db"},
		"-administrator must be an ad": {"-administrator", "Ann <ann@example.org>"},
		"function-key is missing":      {"-from", t.TempDir()},
		"flag provided but not defin":  {"-all"},
	} {
		if out, output, status := keys(t, args...); status != 1 || out != "" || !strings.Contains(output, want) {
			t.Errorf("%v: %d, %q", args, status, output)
		}
	}
	if _, output, status := keys(t, "--help"); status != 0 || !strings.Contains(output, "-rotate") {
		t.Errorf("--help: %d, %s", status, output)
	}
}
