package tests

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/knative/audit/check"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/dump"
	"github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// restored brings a backup into a new database of the tests' server, and returns its name.
func restored(t *testing.T, file string) string {
	t.Helper()
	name := fmt.Sprintf("restored_%d", stacks.Add(1))
	address, err := postgres.Create(t.Context(), server, name)
	if err != nil {
		t.Fatal(err)
	}
	var ours []dump.Migration
	for _, m := range schema.Current().Migrations {
		ours = append(ours, dump.Migration{Number: m.Number, Name: m.Name, SHA256: m.SHA256()})
	}
	if err := dump.Restore(t.Context(), file, address, ours, io.Discard); err != nil {
		t.Fatal(err)
	}
	return name
}

// stages are how far the scenarios of the contracts in the backup have come when it is begun.
var stages = []string{scenario.Completed, scenario.Signed, scenario.Mailed}

// TestARestoredRecordBringsEveryContractToItsEnd: a backup is taken in the middle of three scenarios, which go on to their ends
// meanwhile, and a fourth begins. Restored, the record knows less than the world: what the world has ahead of it is found, and
// every contract on record is completed once more, by itself.
func TestARestoredRecordBringsEveryContractToItsEnd(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var options devstack.Options
	first := open(t, func(o *devstack.Options) { options = *o })
	var tellers []*scenario.Run
	for n := range stages {
		tellers = append(tellers, patient(reporter(first, n)))
	}
	all(t, tellers, func(n int) error { return tellers[n].UpTo(ctx, stages[n]) })()
	ended := all(t, tellers, func(n int) error { _, err := tellers[n].Play(ctx); return err })
	file := filepath.Join(t.TempDir(), "record.dump")
	err := dump.Take(ctx, first.Run.Backup, file, io.Discard)
	if ended(); err != nil {
		t.Fatal(err)
	}
	if err := reporter(first, len(stages)).UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	quiet(ctx, t, first)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}

	options.Database, options.Port, options.ClockEvery = restored(t, file), 0, 500*time.Millisecond
	options.Settings = map[string]string{"LOOK_EVERY": "1s"}
	second := reopen(t, options)
	began := time.Now()
	for _, reporter := range tellers {
		if err := reporter.MoveTo(ctx, scenario.Addresses{Page: second.Run.Page, Mailbox: second.Run.Mailbox, Phone: second.Run.Phone}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("restored, they were %v; the world was ahead of them by %v", stand(ctx, t, tellers), found(t, second))
	err = scenario.Await(ctx, func() bool { return stand(t.Context(), t, tellers)["completed"] == len(tellers) })
	if err != nil {
		t.Fatalf("in the end they are %v", stand(t.Context(), t, tellers))
	}
	t.Logf("all were completed after %s", time.Since(began).Round(time.Second/10))
	quiet(ctx, t, second)
	after := found(t, second)
	t.Logf("in the end the audit found %v", after)
	delete(after, "mail") // what the record does not know to have gone out went out once more, and is shown
	if !maps.Equal(after, map[string]int{"stray": 1}) {
		t.Errorf("in the end the audit found %v, want the one request of a contract that is not on record", after)
	}
}

// all does something with every scenario at once. What it returns waits for it.
func all(t *testing.T, tellers []*scenario.Run, do func(n int) error) (done func()) {
	t.Helper()
	var playing sync.WaitGroup
	for n := range tellers {
		playing.Go(func() {
			if err := do(n); err != nil {
				t.Errorf("story %d: %v", n, err)
			}
		})
	}
	return func() {
		t.Helper()
		if playing.Wait(); t.Failed() {
			t.FailNow()
		}
	}
}

// stand counts how the contracts stand.
func stand(ctx context.Context, t *testing.T, tellers []*scenario.Run) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, reporter := range tellers {
		now, err := reporter.Current(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all[now.Status]++
	}
	return all
}

// found counts what the audit finds, by rule.
func found(t *testing.T, o *devstack.Stack) map[string]int {
	t.Helper()
	r, err := check.Run(t.Context(), outside(o), strict)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	rules := map[string]int{}
	for _, f := range r.Findings {
		rules[f.Rule]++
	}
	return rules
}

// TestWhatMakeRunKeepsIsBackedUpAndRestored by the commands that make backup and make restore run, while it runs and into
// a folder of its own.
func TestWhatMakeRunKeepsIsBackedUpAndRestored(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	command := localCommand(t)
	first := open(t, nil)
	fact := reporter(first, 1)
	if err := fact.UpTo(ctx, scenario.Mailed); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	out, err := local(t, command, nil, "backup", "-dir", first.Dir(), "-to", backup)
	if err != nil || !strings.Contains(out, "contracts") || !strings.Contains(out, "read back whole") {
		t.Fatalf("%v: %s", err, out)
	}
	name := fmt.Sprintf("restored_%d", stacks.Add(1))
	address, err := postgres.Create(ctx, server, name)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(folder, name)
	into := []string{"DATABASE_URL=" + address}
	if out, err := local(t, command, into, "restore", "-dir", dir, "-from", backup); err != nil || !strings.Contains(out, "restored in") {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := local(t, command, into, "restore", "-dir", dir, "-from", backup); err == nil || !strings.Contains(out, "is not empty") {
		t.Errorf("restored over it: %v: %s", err, out)
	}
	second := reopen(t, devstack.Options{Dir: dir, Eventing: "../eventing", Programs: programs, DatabaseURL: server, Database: name,
		Idle: time.Minute, RetryScale: 0.001, Log: slog.New(slog.DiscardHandler)})
	if err := fact.MoveTo(ctx, scenario.Addresses{Page: second.Run.Page, Mailbox: second.Run.Mailbox, Phone: second.Run.Phone}); err != nil {
		t.Fatal(err)
	}
	if now, err := fact.Current(ctx); err != nil || now.Status != "sent" {
		t.Errorf("restored, it is %+v, %v", now, err)
	}
}

// localCommand makes the command that the Makefile runs.
func localCommand(t *testing.T) string {
	t.Helper()
	command := filepath.Join(t.TempDir(), "local")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", command, "../knative/local").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return command
}

func local(t *testing.T, command string, environment []string, args ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), command, args...)
	c.Env = append(os.Environ(), environment...)
	out, err := c.CombinedOutput()
	return string(out), err
}
