package persist

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/requires"
	"github.com/paraphe/paraphe/knative/local/dump"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// nightlyJob is the command of the CronJob that makes backups, as a cluster is given it.
type nightlyJob struct {
	command     []string
	environment map[string]string
}

const cronJob = "../../knative/backup/backup.yaml"

// newNightlyJob reads the command, and has it keep two backups in a folder of the test's own.
func newNightlyJob(t *testing.T, from dsn.URL) (n nightlyJob, to string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		requires.LeaveOut(t, "the backup job runs in a pod, with the programs that Linux has")
	}
	text, err := os.ReadFile(cronJob)
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Spec struct {
			JobTemplate struct {
				Spec struct{ Template struct{ Spec podOfJob } }
			}
		}
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		if strings.Contains(document, "kind: CronJob") {
			if err := yaml.Unmarshal([]byte(document), &job); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := job.Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	bin, err := postgres.Program("pg_dump")
	if err != nil {
		t.Fatal(err)
	}
	n = nightlyJob{slices.Concat(c.Command, c.Args), map[string]string{"PATH": filepath.Dir(bin) + ":" + os.Getenv("PATH")}}
	for _, e := range c.Env {
		n.environment[e.Name] = e.Value
	}
	to = t.TempDir()
	n.environment["BACKUP_DATABASE_URL"], n.environment["TO"], n.environment["KEEP"] = string(from), to, "2"
	return n, to
}

type podOfJob struct {
	Containers []struct {
		Command, Args []string
		Env           []struct{ Name, Value string }
	}
}

// passes runs the command once, with nothing but what the pod has.
func (n nightlyJob) passes(t *testing.T, change map[string]string) (out string, err error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), n.command[0], n.command[1:]...)
	for name, value := range n.environment {
		if other, changed := change[name]; changed {
			value = other
		}
		c.Env = append(c.Env, name+"="+value)
	}
	text, err := c.CombinedOutput()
	return string(text), err
}

// lying lists what is in the folder beside the lock.
func lying(t *testing.T, folder string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name() != ".lock" {
			names = append(names, f.Name())
		}
	}
	return names
}

var newBackup = regexp.MustCompile(`(?m)^\S*/(paraphe-[0-9]{8}T[0-9]{6}Z\.dump): [0-9]+ bytes, [0-9]+ tables, read back whole$`)

// TestTheCronJobKeepsAsManyBackupsAsItIsTold runs its command night after night; what it keeps can be restored.
func TestTheCronJobKeepsAsManyBackupsAsItIsTold(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	v := r.sent()
	n, to := newNightlyJob(t, backup)
	for _, older := range []string{"paraphe-20200101T023000Z.dump", "paraphe-20200102T023000Z.dump", "paraphe-20200103T023000Z.dump"} {
		out, err := n.passes(t, nil)
		made := newBackup.FindStringSubmatch(out)
		if err != nil || made == nil || strings.Contains(out, "$ecret") {
			t.Fatalf("%v: %s", err, out)
		}
		file := filepath.Join(to, made[1])
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others can read it: %v, %v", info.Mode(), err)
		}
		if sum := string(content(t, file+".sha256")); !strings.HasSuffix(sum, "  "+made[1]+"\n") {
			t.Errorf("its sum is %q", sum)
		}
		for _, end := range []string{"", ".sha256"} { // so long ago was that
			if err := os.Rename(file+end, filepath.Join(to, older+end)); err != nil {
				t.Fatal(err)
			}
		}
	}
	written(t, to, ".paraphe-20200104T023000Z.dump.part", []byte("of a night that was killed"))
	written(t, to, "paraphe-notes.dump", []byte("somebody else's"))
	out, err := n.passes(t, nil)
	made := newBackup.FindStringSubmatch(out)
	if err != nil || made == nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := []string{"paraphe-20200103T023000Z.dump", "paraphe-20200103T023000Z.dump.sha256", made[1], made[1] + ".sha256", "paraphe-notes.dump"}
	if got := lying(t, to); !slices.Equal(got, want) {
		t.Errorf("kept are %v, want %v", got, want)
	}
	owner, serving, _ := ownDatabase(t)
	if err := dump.Restore(t.Context(), filepath.Join(to, made[1]), string(owner), known(schema.Current()), io.Discard); err != nil {
		t.Fatal(err)
	}
	there := *r
	there.owner, there.serving = owner, serving
	there.open(nil)
	there.handles(v.ID, persistsamples.Reported())
}

// TestTheCronJobFailsInWordsAndLeavesWhatIsThere, and nothing half made beside it.
func TestTheCronJobFailsInWordsAndLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	n, to := newNightlyJob(t, backup)
	for _, old := range []string{"paraphe-20200101T023000Z.dump", "paraphe-20200102T023000Z.dump", "paraphe-20200103T023000Z.dump"} {
		written(t, to, old, []byte("an earlier night's"))
	}
	before := lying(t, to)
	_, none, _ := ownDatabase(t)
	file := filepath.Join(to, before[0])
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"no address":             {map[string]string{"BACKUP_DATABASE_URL": "host=h password=s3cret"}, "BACKUP_DATABASE_URL is not an address such as postgres://"},
		"nothing given":          {map[string]string{"BACKUP_DATABASE_URL": ""}, "BACKUP_DATABASE_URL is not an address such as postgres://"},
		"a bare %":               {map[string]string{"BACKUP_DATABASE_URL": "postgres://u:s3cret%zz@h/db"}, "with %25 for a %"},
		"nobody there":           {map[string]string{"BACKUP_DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/db"}, "does not lead to the record:"},
		"a role that is not let": {map[string]string{"BACKUP_DATABASE_URL": string(none)}, "does not lead to the record:"},
		"the owner":              {map[string]string{"BACKUP_DATABASE_URL": string(r.owner)}, "does not see all of attempts, contracts,"},
		"keep none":              {map[string]string{"KEEP": "0"}, "KEEP is '0', and not how many backups stay, at least 1, such as 14"},
		"keep words":             {map[string]string{"KEEP": "all"}, "KEEP is 'all'"},
		"into a file":            {map[string]string{"TO": file}, "and not a folder that can be written to, such as /backups"},
		"into nothing":           {map[string]string{"TO": filepath.Join(to, "none")}, "and not a folder"},
	} {
		out, err := n.passes(t, c.change)
		if err == nil || !strings.HasPrefix(out, "no backup was made: ") || !strings.Contains(out, c.want) || strings.Count(out, "\n") != 1 ||
			strings.Contains(out, "s3cret") || strings.Contains(out, "$ecret") {
			t.Errorf("%s: %v: %q, want %q", name, err, out, c.want)
		}
	}
	done := locked(t, filepath.Join(to, ".lock"))
	if out, err := n.passes(t, nil); err == nil || !strings.Contains(out, "another one is being made") {
		t.Errorf("two at once: %v: %s", err, out)
	}
	done()
	if _, err := asRole(t, r.owner, `DROP POLICY backed_up ON notifications`); err != nil {
		t.Fatal(err)
	}
	if out, err := n.passes(t, nil); err == nil || !strings.Contains(out, "does not see all of notifications:") {
		t.Errorf("of a table without its policy: %v: %s", err, out)
	}
	if after := lying(t, to); !slices.Equal(before, after) {
		t.Errorf("%v became %v", before, after)
	}
}

// locked holds a lock, as another run does, until it is told that that is done.
func locked(t *testing.T, file string) (done func()) {
	t.Helper()
	another := exec.CommandContext(t.Context(), "flock", file, "cat")
	in, err := another.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := another.StdoutPipe()
	if err == nil {
		err = another.Start()
	}
	if err == nil {
		_, err = io.WriteString(in, "x")
	}
	if err == nil {
		_, err = io.ReadFull(out, make([]byte, 1)) // whoever answers has the lock
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(in.Close(), another.Wait()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheCronJobAndTheCommandLookForTheSame: what a role does not see is found by one statement.
func TestTheCronJobAndTheCommandLookForTheSame(t *testing.T) {
	t.Parallel()
	words := func(file string) string { return strings.Join(strings.Fields(string(content(t, file))), " ") }
	_, rest, _ := strings.Cut(words("../../knative/local/dump/take.go"), "readUnseen = `")
	statement, _, found := strings.Cut(rest, "`")
	if !found || !strings.Contains(words(cronJob), statement) {
		t.Errorf("%s does not ask %s", cronJob, statement)
	}
}
