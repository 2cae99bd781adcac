// Package requires finds the programs that some tests run, and leaves those tests out loudly where they are missing.
package requires

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// leftOut names the variable with the file in which make test collects what was left out, to repeat it at its end.
const leftOut = "TESTS_LEFT_OUT"

// Program is the path of a program that a test needs, which Debian has in the package debian. Where it is not installed
// the test is left out; in CI, where make test installs everything, it fails.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := find(name)
	if err == nil {
		return path
	}
	Missing(t, fmt.Sprintf("%s is not installed (on Debian: apt-get install %s)", name, debian))
	return ""
}

// Missing leaves a test out for want of what make test installs; in CI it fails.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s, and in CI no test is left out", why)
	}
	LeaveOut(t, why)
}

// LeaveOut leaves a test out, loudly, that this machine cannot run whatever is installed: another system, another user.
func LeaveOut(t testing.TB, why string) {
	t.Helper()
	if err := note(os.Getenv(leftOut), t.Name()+": "+why); err != nil {
		t.Fatal(err)
	}
	t.Skip("SKIPPED: " + why)
}

// find also looks where Debian puts servers, which is seldom on PATH.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	other, otherErr := exec.LookPath(filepath.Join("/usr/sbin", name))
	if otherErr != nil {
		return "", err
	}
	return other, nil
}

func note(file, line string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("note in %s (%s) that a test is left out: %w", file, leftOut, err)
	}
	_, err = fmt.Fprintln(f, line)
	return cmp.Or(err, f.Close())
}
