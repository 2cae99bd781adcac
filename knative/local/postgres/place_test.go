package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/requires"
)

// asRoot is the user that the server runs as if root starts it; the test is left out for others, whose data always lie
// where they belong.
func asRoot(t *testing.T) *syscall.Credential {
	t.Helper()
	as, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	if as == nil {
		requires.LeaveOut(t, "only root's PostgreSQL runs as another user")
	}
	return as
}

// open is a folder that everybody may enter.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "postgres-place-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// In a folder that others may not enter, the data go elsewhere; they are found again, by a link.
func TestDataGoElsewhereWhereOthersMayNotEnter(t *testing.T) {
	t.Parallel()
	as, top := asRoot(t), open(t)
	private, function := filepath.Join(top, "home"), filepath.Join(top, "lib")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(private, "postgres")
	homes := []string{filepath.Join(private, "no use"), function}
	first, err := place(dir, as, homes)
	if err != nil || !strings.HasPrefix(first, function+"/paraphe-") {
		t.Fatalf("the data are in %q, %v", first, err)
	}
	if !ownedBy(first, as) {
		t.Error("the server's user cannot write there")
	}
	if again, err := place(dir, as, homes); again != first || err != nil {
		t.Errorf("the next start looks in %q, %v", again, err)
	}
	if target, err := os.Readlink(dir); target != first || err != nil { // make clean follows it
		t.Errorf("the link leads to %q, %v", target, err)
	}
}

func TestDataStayWhereTheyBelongWhereOthersMayEnter(t *testing.T) {
	t.Parallel()
	as, top := asRoot(t), open(t)
	dir := filepath.Join(top, "postgres")
	if got, err := place(dir, as, []string{filepath.Join(top, "lib")}); got != dir || err != nil {
		t.Errorf("the data are in %q, %v", got, err)
	}
}

// What cannot be done is told with what to do.
func TestDataThatCannotBePlacedAreReported(t *testing.T) {
	t.Parallel()
	as := asRoot(t)
	for name, c := range map[string]struct {
		before func(dir, home string) error
		want   string
	}{
		"no home":                {func(_, home string) error { return os.WriteFile(home, nil, 0o600) }, "other users may not enter"},
		"a database that is in":  {func(dir, _ string) error { return os.MkdirAll(filepath.Join(dir, "cluster"), 0o700) }, "other users may not enter"},
		"a database that is out": {func(dir, home string) error { return os.Symlink(home, dir) }, "make clean"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := open(t)
			private, home := filepath.Join(top, "home"), filepath.Join(top, "lib")
			if err := os.Mkdir(private, 0o700); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(private, "postgres")
			if err := c.before(dir, home); err != nil {
				t.Fatal(err)
			}
			if got, err := place(dir, as, []string{home}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
