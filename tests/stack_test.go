// Package tests tries the whole system from outside: real processes, real HTTP, a real PostgreSQL.
package tests

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// folder, programs and server are made once by TestMain and only read afterwards.
var (
	folder   string
	programs string
	server   string
	stacks   atomic.Int64
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue { // nobody said how many
		_ = f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))) // half of a test here is waiting for leases, clocks and retries
	}
	os.Exit(withServer(m))
}

func withServer(m *testing.M) int {
	var err error
	if folder, err = os.MkdirTemp("", "paraphe-tests-"); err != nil {
		return fail(err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { // the database's user passes through
		return fail(err)
	}
	if programs, err = build(); err != nil {
		return fail(err)
	}
	s, err := postgres.Start(context.Background(), filepath.Join(folder, "postgres"))
	if err != nil {
		return fail(err)
	}
	defer func() { _ = s.Stop() }()
	server = s.URL
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// build makes the binaries of the functions; under the race detector, with it.
func build() (string, error) {
	out := filepath.Join(folder, "functions")
	args := []string{"build", "-tags", "faultpoints", "-o", out + "/"} // crash_test.go ends them where it likes
	if raceDetector {
		args = append(args, "-race")
	}
	c := exec.Command("go", append(args, "../knative/serve/...")...) // our own arguments
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the functions: %w: %s", err, out)
	}
	return out, nil
}

// open starts a stack with a database of its own; the test ends with it stopped and without a data race.
func open(t *testing.T, change func(*devstack.Options)) *devstack.Stack {
	t.Helper()
	name := fmt.Sprintf("town_%d", stacks.Add(1))
	o := devstack.Options{
		Dir: filepath.Join(folder, name), Eventing: "../eventing", Programs: programs, DatabaseURL: server, Database: name,
		Idle: time.Minute, RetryScale: 0.001, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	return reopen(t, o)
}

func reopen(t *testing.T, o devstack.Options) *devstack.Stack {
	t.Helper()
	opened, err := devstack.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("start the stack: %v\n%s", err, logs(o.Dir))
	}
	t.Cleanup(func() {
		if err := opened.Stop(); err != nil {
			t.Errorf("stop the stack: %v", err)
		}
		out := logs(o.Dir)
		if strings.Contains(out, "DATA RACE") || strings.Contains(out, "panic:") {
			t.Errorf("a function raced or panicked:\n%s", out)
		} else if t.Failed() {
			t.Log(out)
		}
	})
	return opened
}

// logs is the end of every function's log.
func logs(dir string) string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "log", "*.log"))
	for _, file := range files {
		text, _ := os.ReadFile(file) // the test's own folder
		fmt.Fprintf(&all, "--- %s\n%s\n", filepath.Base(file), text[max(0, len(text)-6000):])
	}
	return all.String()
}

// reporter plays a scenario in this stack as customer n.
func reporter(o *devstack.Stack, n int) *scenario.Run {
	manager := o.Run.Accounts[0]
	return &scenario.Run{
		Addresses: scenario.Addresses{Page: o.Run.Page, Mailbox: o.Run.Mailbox, Phone: o.Run.Phone},
		Manager:   scenario.Account{Email: manager.Email, Password: manager.Password},
		Signer: scenario.Customer{FirstName: "Zoë", LastName: "Žižek-O'Neill", Email: fmt.Sprintf("zoe%d@example.org", n),
			Phone: fmt.Sprintf("+336000001%02d", n%100), Locale: []string{"fr", "en"}[n%2]},
	}
}
