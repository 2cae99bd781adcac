package tests

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe"
	"github.com/paraphe/paraphe/knative/local/devstack"
)

// beside are points that no scenario here comes to, and why. What is not among them must be met.
var beside = map[string]string{
	"handled.document.refused":        "the API takes no contract that cannot be drawn",
	"published.document.refused":      "the API takes no contract that cannot be drawn",
	"handled.contract.expired":        "nothing expires within a test; a decline takes the same way",
	"published.contract.expired":      "nothing expires within a test; a decline takes the same way",
	"orchestrate.answered.GET":        "who only reads loses nothing",
	"persist.answered.GET":            "who only reads loses nothing",
	"/users":                          "about accounts, not contracts",
	"/sessions":                       "about accounts, not contracts",
	"/v1/session":                     "about accounts, not contracts",
	"/identities":                     "about accounts, not contracts",
	"/v1/me":                          "about accounts, not contracts",
	"/remind":                         "refused within a day of the invitation; a wish like the others",
	"/attention":                      "several contracts at once, each as by itself",
	"/dead-letters/{id}/replay":       "an event that comes again",
	"/stray-requests":                 "TestWhatARestoreForgotIsFoundAndWithdrawn",
	"send-mail.notification-searched": "only after send-mail has ended before: TestProcessesThatEndAfterEveryActLoseNothing",
	"send-mail.notification-marked":   "alone, nobody can know whether it went out: the search proves itself by a later notification; TestKillingEverythingAtRandomLosesNothing",
	"/limits":                         "the stand-in's allowance is not bounded",
}

// acts are the points that are named one by one: after what another party sees, and after what is on record.
func acts(t *testing.T) (all []string) {
	t.Helper()
	named := regexp.MustCompile(`function\.Point\("([^"]+)"\)`)
	err := filepath.WalkDir("../functions", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
		return err
	})
	if err != nil || len(all) < 20 {
		t.Fatalf("%d points are named, %v", len(all), err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// points are all that a scenario here may come to: what is named, every event before and after its output is published, every
// question before it is answered.
func points(t *testing.T) []string {
	t.Helper()
	all := acts(t)
	for _, m := range paraphe.Manifests() {
		for _, p := range m.Consumes {
			all = append(all, m.Name+".handled."+p.Type(), m.Name+".published."+p.Type())
		}
	}
	for name, file := range map[string]string{"persist": "../functions/persist/httpapi/routes.go", "orchestrate": "../functions/orchestrate/routes.go"} {
		for _, pattern := range patterns(t, file) {
			all = append(all, name+".answered."+pattern)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), isBeside)
}

func isBeside(point string) bool {
	for part := range beside {
		if strings.Contains(point, part) {
			return true
		}
	}
	return false
}

// armed is a stack in which processes end where a test says so.
type armed struct {
	*devstack.Stack
	folder string
}

func openArmed(t *testing.T, changes ...func(*devstack.Options)) *armed {
	t.Helper()
	a := &armed{folder: t.TempDir()}
	a.Stack = open(t, func(o *devstack.Options) {
		o.ClockEvery = 500 * time.Millisecond
		o.Settings = map[string]string{"FAULT_POINTS": a.folder, "SENDGRID_SEARCH_AFTER": "2s", "SIGNATURE_SETTLE_AFTER": "2s", "LOOK_EVERY": "5s", "SWEEP_EVERY": "5s"}
		for _, change := range changes {
			change(o)
		}
	})
	return a
}

// openHurried opens an armed stack in which time passes quickly: events are delivered again soon, and what a process had
// to itself is free as soon as the next one starts in its place.
func openHurried(t *testing.T, changes ...func(*devstack.Options)) *armed {
	t.Helper()
	var address atomic.Value // of the record, once the stack has started
	hurried := func(o *devstack.Options) {
		o.Eventing = hurriedEventing(t)
		o.Changed = func(name string, pid int) {
			if database, started := address.Load().(string); started && pid != 0 {
				hurry(t.Context(), database, name)
			}
		}
	}
	a := openArmed(t, append(changes, hurried)...)
	address.Store(a.Run.Database)
	return a
}

func (a *armed) file(point string) string {
	return filepath.Join(a.folder, strings.NewReplacer("/", "_", " ", "_").Replace(point))
}

// arm lets the process end that next comes to this point.
func (a *armed) arm(t *testing.T, point string) {
	t.Helper()
	if err := os.WriteFile(a.file(point), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// met reports whether a process has ended at this point since it was armed.
func (a *armed) met(point string) bool {
	_, err := os.Stat(a.file(point) + ".met")
	return err == nil
}

// hurriedEventing is a copy of eventing/ with a tenth of the wait between two attempts at a delivery, whoever asks for more.
func hurriedEventing(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../eventing")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "broker.yaml")
	text, err := os.ReadFile(file)
	quick := strings.Replace(string(text), "backoffDelay: PT0.5S", "backoffDelay: PT0.05S\n    retryAfterMax: PT0.5S", 1)
	if err != nil || quick == string(text) || os.WriteFile(file, []byte(quick), 0o600) != nil {
		t.Fatalf("the Broker's manifest has no such delay, %v: %s", err, text)
	}
	return folder
}

// waits are what is waited for after a process has ended: the time until a contract is looked at again, and what the
// process had to itself.
var waits = map[string]string{
	"":            `UPDATE contracts SET due_at = clock_timestamp() WHERE due_at > clock_timestamp();`,
	"orchestrate": `UPDATE attempts SET lease_until = clock_timestamp() WHERE lease_until > clock_timestamp();`,
	"send-mail":   `UPDATE notifications SET lease_until = clock_timestamp() WHERE lease_until > clock_timestamp();`,
}

// hurry ends those waits as the next process of this function starts. Where the database is away, they last.
func hurry(ctx context.Context, database, name string) {
	if c, err := pgx.Connect(ctx, database); err == nil {
		defer c.Close(context.WithoutCancel(ctx))
		_, _ = c.Exec(ctx, waits[""]+waits[name])
	}
}
