package private

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is in a marked folder is not in a commit of everything, and a builder that looks at links finds one to refuse.
func TestAMarkedFolderIsInNoCommitAndInNoImage(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	dir := filepath.Join(project, "secrets")
	for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "key"), []byte("secret"), 0o600), Mark(dir), Mark(dir)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}} {
		if said, err := exec.Command("git", append([]string{"-C", project}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, said)
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

// A folder that somebody has rules for keeps them, and is marked for builders all the same.
func TestWhatIsThereAlreadyStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rules := filepath.Join(dir, ".gitignore")
	if err := os.WriteFile(rules, []byte("/mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Mark(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(rules); err != nil || string(text) != "/mine\n" {
		t.Errorf("the rules are %q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, link)); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nowhere")
	if err := Mark(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}
