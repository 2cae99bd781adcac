package persist

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/knative/local/dump"
	programs "github.com/paraphe/paraphe/knative/local/postgres"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestWhatCannotBeRestoredIsRefusedAndChangesNothing, in words that say what is the matter.
func TestWhatCannotBeRestoredIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	r.sent()
	good := saved(t, backup)
	r.parts.Database.Addresses.Backup = backup
	if err := next("").Migrate(t.Context(), r.parts.Database.Addresses, r.clock.now); err != nil {
		t.Fatal(err)
	}
	newer := saved(t, backup)
	edited := known(schema.Current())
	edited[1].SHA256 = strings.Repeat("e", 64)
	dir := t.TempDir()
	owner, _, _ := ownDatabase(t)
	for name, c := range map[string]struct {
		file string
		ours []dump.Migration
		want string
	}{
		"no file":                 {filepath.Join(dir, "none.dump"), known(schema.Current()), "does not exist"},
		"no dump":                 {written(t, dir, "words", []byte("these are words")), known(schema.Current()), "is damaged, or not a backup"},
		"the first half of one":   {written(t, dir, "half", content(t, good)[:len(content(t, good))/2]), known(schema.Current()), "is damaged, or not a backup"},
		"one with a bit turned":   {written(t, dir, "turned", turned(content(t, good))), known(schema.Current()), "is damaged"},
		"not what its sum says":   {summed(t, dir, good), known(schema.Current()), "its checksum differs"},
		"of a newer program":      {newer, known(schema.Current()), "is newer than this program"},
		"of other migrations":     {good, edited, "is not a backup of this program"},
		"into one that is no use": {good, known(schema.Current()), "is not empty"},
	} {
		to := owner
		if name == "into one that is no use" {
			to = r.owner
		}
		before := rows(t, to)
		err := dump.Restore(t.Context(), c.file, string(to), c.ours, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "$ecret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if after := rows(t, to); len(after) != len(before) || after["contracts"] != before["contracts"] {
			t.Errorf("%s: %v became %v", name, before, after)
		}
	}
	err := dump.Restore(t.Context(), good, "postgres://u:$ecret@127.0.0.1:1/db", known(schema.Current()), io.Discard)
	if err == nil || err.Error() != "MIGRATION_DATABASE_URL: no PostgreSQL answers at 127.0.0.1:1; it must be a URL, for example postgres://user:password@host:5432/paraphe" {
		t.Errorf("nobody there: %v", err)
	}
	if err := dump.Restore(t.Context(), good, string(owner), known(schema.Current()), io.Discard); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func written(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// turned turns a bit of the rows, which are compressed, not of what is said about them.
func turned(dump []byte) []byte {
	other := slices.Clone(dump)
	other[len(other)-30] ^= 0x10
	return other
}

// summed is a backup that was changed after its sum was written: nothing else would show it.
func summed(t *testing.T, dir, good string) string {
	t.Helper()
	text := content(t, good)
	file := written(t, dir, "summed", bytes.Replace(text, []byte("NOT NULL"), []byte("NOT  ULL"), 1))
	written(t, dir, "summed.sha256", content(t, good+".sha256"))
	return file
}

// TestABackupOfAnOlderProgramIsRestoredAndMigrated at the start of the newer one.
func TestABackupOfAnOlderProgramIsRestoredAndMigrated(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	v := r.sent()
	file := saved(t, backup)
	owner, serving, _ := ownDatabase(t)
	var out bytes.Buffer
	if err := dump.Restore(t.Context(), file, string(owner), known(next("")), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "persist makes the others when it starts") {
		t.Errorf("it said %s", out.String())
	}
	there := *r
	there.owner, there.serving = owner, serving
	there.open(func(d *postgres.Database) { d.Release = next("") })
	there.manager = there.as(auth.Person{Subject: r.manager.Subject, Role: auth.Manager})
	there.handles(v.ID, persistsamples.Reported())
	if !strings.Contains(there.rights(), "novelties") {
		t.Error("it was not migrated")
	}
}

func TestAddressesThatAreNoneAreNamedByTheirSetting(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record.dump")
	for _, of := range []string{"", "host=h password=s3cret", "http://u:s3cret@h/db", "postgres://h/db"} {
		err := dump.Take(t.Context(), of, file, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "BACKUP_DATABASE_URL must be a URL, for example postgres://") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", of, err)
		}
		err = dump.Restore(t.Context(), file, of, nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "MIGRATION_DATABASE_URL must be a URL, for example postgres://") {
			t.Errorf("%q: %v", of, err)
		}
	}
	if err := dump.Take(t.Context(), "postgres://u:s3cret@127.0.0.1:1/db", file, io.Discard); err == nil || !strings.Contains(err.Error(), "no PostgreSQL answers at 127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}

// TestNothingWaitsForThoseWhoWorkedOnTheRecordThatWasLeft: their leases would keep a restored contract waiting for minutes,
// and the list of the signature service's requests for a day.
func TestNothingWaitsForThoseWhoWorkedOnTheRecordThatWasLeft(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	handed, written := r.sent(), r.sent()
	r.ticked()
	for _, v := range []persistclient.View{handed, written} {
		if l := r.leases(v.ID, persistclient.ActFetch, 60); !l.Granted {
			t.Fatalf("%+v", l)
		}
		if c := r.claims(v.ID, invitation); c.State != persistclient.Yours {
			t.Fatalf("%+v", c)
		}
	}
	if err := r.handsOver(handed.ID, 1); err != nil {
		t.Fatal(err)
	}
	file := saved(t, backup)
	owner, serving, _ := ownDatabase(t)
	if err := dump.Restore(t.Context(), file, string(owner), known(schema.Current()), io.Discard); err != nil {
		t.Fatal(err)
	}
	there := *r
	there.owner, there.serving = owner, serving
	there.open(nil)
	for _, v := range []persistclient.View{handed, written} {
		if l := there.leases(v.ID, persistclient.ActFetch, 60); !l.Granted {
			t.Errorf("an attempt waits %g s for somebody who is gone", l.Wait)
		}
	}
	if c := there.claims(written.ID, invitation); c.State != persistclient.Yours {
		t.Errorf("a notification that was being written is %s for %g s", c.State, c.For)
	}
	if c := there.claims(handed.ID, invitation); c.State != persistclient.Unclear {
		t.Errorf("a notification that may have gone out is %s for %g s", c.State, c.For)
	}
	if due := there.ticked(); due == nil || due.Cursor != "" {
		t.Errorf("a sweep: %+v, want one from the beginning", due)
	}
}

// TestTheRecipeByHandRestoresToo runs the lines of docs/operations.md that need PostgreSQL's programs alone.
func TestTheRecipeByHandRestoresToo(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	v := r.sent()
	r.leases(v.ID, persistclient.ActFetch, 60)
	owner, serving, _ := ownDatabase(t)
	dir := t.TempDir()
	written(t, dir, "record.dump", content(t, saved(t, backup)))
	recipe := strings.Join(regexp.MustCompile(`(?m)^    (?:pg_restore|psql) .*$`).FindAllString(string(content(t, "../../docs/operations.md")), -1), "\n")
	sql, err := filepath.Abs("../../knative/local/dump/restored.sql")
	if err != nil || strings.Count(recipe, "\n") != 2 {
		t.Fatalf("%v: %s", err, recipe)
	}
	bin, err := programs.Program("pg_restore")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "sh", "-ec", strings.Replace(recipe, "knative/local/dump/restored.sql", sql, 1))
	c.Dir, c.Env = dir, []string{"PATH=" + filepath.Dir(bin) + ":" + os.Getenv("PATH"), "MIGRATION_DATABASE_URL=" + string(owner)}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	there := *r
	there.owner, there.serving = owner, serving
	there.open(nil)
	if l := there.leases(v.ID, persistclient.ActFetch, 60); !l.Granted {
		t.Errorf("an attempt waits %g s for somebody who is gone", l.Wait)
	}
	there.handles(v.ID, persistsamples.Reported())
}
