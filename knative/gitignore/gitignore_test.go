package gitignore

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// git add -A skips the folder, and func's builder refuses it for its absolute link.
func TestAnExcludedFolderIsInNoCommitAndNoImage(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	dir := filepath.Join(project, "secrets")
	for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "key"), []byte("secret"), 0o600), Add(dir), Add(dir)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}} {
		if output, err := exec.Command("git", append([]string{"-C", project}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, output)
		}
	}
	taken, err := exec.Command("git", "-C", project, "ls-files").Output()
	if err != nil || strings.TrimSpace(string(taken)) != "" {
		t.Errorf("git takes %q, %v", taken, err)
	}
	target, err := os.Readlink(filepath.Join(dir, link))
	if err != nil || !filepath.IsAbs(target) {
		t.Errorf("the link leads to %q, %v", target, err)
	}
}

// The link for builders is made even then.
func TestAnExistingGitignoreStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rules := filepath.Join(dir, ".gitignore")
	if err := os.WriteFile(rules, []byte("/mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Add(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(rules); err != nil || string(text) != "/mine\n" {
		t.Errorf("the rules are %q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, link)); err != nil {
		t.Error(err)
	}
}

func TestTheErrorNamesAMissingFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nowhere")
	if err := Add(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}
