package requires

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// recorder stands in for the test that needs something.
type recorder struct {
	testing.TB
	ended, why string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return "TestInNeed" }
func (r *recorder) Skip(args ...any) {
	r.end("skipped", fmt.Sprint(args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.end("failed", fmt.Sprintf(format, args...))
}

func (r *recorder) Fatal(args ...any) {
	r.end("failed", fmt.Sprint(args...))
}

func (r *recorder) end(how, why string) {
	r.ended, r.why = how, why
	runtime.Goexit()
}

func TestAMissingProgramLeavesATestOutExceptInCI(t *testing.T) {
	for name, c := range map[string]struct{ ci, program, want, noted string }{
		"installed":       {"", "go", "", ""},
		"installed in CI": {"true", "go", "", ""},
		"missing":         {"", "nothing-is-called-so", "skipped", "TestInNeed: nothing-is-called-so is not installed (on Debian: apt-get install some)\n"},
		"missing in CI":   {"true", "nothing-is-called-so", "failed", ""},
		"CI switched off": {"false", "nothing-is-called-so", "skipped", "TestInNeed: nothing-is-called-so is not installed (on Debian: apt-get install some)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "left-out")
			t.Setenv("CI", c.ci)
			t.Setenv(leftOut, file)
			r := &recorder{}
			var path string
			done := make(chan struct{})
			go func() {
				defer close(done)
				path = Program(r, c.program, "some")
			}()
			<-done
			if r.ended != c.want || (path != "") != (c.want == "") {
				t.Errorf("it %s: %s; the program is %q", r.ended, r.why, path)
			}
			if c.want != "" && !strings.Contains(r.why, "apt-get install some") {
				t.Errorf("it does not say what to install: %s", r.why)
			}
			noted, _ := os.ReadFile(file)
			if string(noted) != c.noted {
				t.Errorf("noted %q", noted)
			}
		})
	}
}
