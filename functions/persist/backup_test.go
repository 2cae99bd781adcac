package persist

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/schema"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/knative/local/dump"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ownDatabase makes a database of the test's own, with an owner who is no superuser, and returns its addresses.
func ownDatabase(t testing.TB) (owner, serving, backup dsn.URL) {
	t.Helper()
	name := "d" + strings.ToLower(rand.Text())
	pgtest.Superuser(t, "CREATE ROLE owns_"+name+" LOGIN CREATEROLE PASSWORD 'an owner''s $ecret'")
	pgtest.Superuser(t, "CREATE DATABASE "+name+" OWNER owns_"+name)
	t.Cleanup(func() {
		pgtest.Superuser(t, "DROP DATABASE "+name+" WITH (FORCE)")
		for _, role := range []string{"serves_", "saves_", "owns_"} {
			pgtest.Superuser(t, "DROP ROLE IF EXISTS "+role+name)
		}
	})
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	as := func(role, word string) dsn.URL {
		u.User = url.UserPassword(role+name, word)
		return dsn.URL(u.String())
	}
	return as("owns_", "an owner's $ecret"), as("serves_", "a $ecret"), as("saves_", "another $ecret")
}

// keeper is a room on a database of its own, with a role for backups.
func keeper(t *testing.T) (r *fixture, backup dsn.URL) {
	t.Helper()
	owner, serving, backup := ownDatabase(t)
	s := Settings{Migration: owner, Database: serving, Backup: backup}
	if err := schema.Current().Migrate(t.Context(), s.database().Addresses, time.Now); err != nil {
		t.Fatal(err)
	}
	return fixtureAt(t, owner, serving), backup
}

// saved takes a backup and returns its file.
func saved(t *testing.T, from dsn.URL) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "record.dump")
	if err := dump.Take(t.Context(), string(from), file, io.Discard); err != nil {
		t.Fatal(err)
	}
	return file
}

// known are the migrations of a release, as a restore compares them.
func known(r schema.Release) (all []dump.Migration) {
	for _, m := range r.Migrations {
		all = append(all, dump.Migration{Number: m.Number, Name: m.Name, SHA256: m.SHA256()})
	}
	return all
}

// beyond reads one value from a test's own database as the superuser, whom no policy binds.
func beyond[T any](t *testing.T, of dsn.URL, statement string) (value T) {
	t.Helper()
	to, err := url.Parse(string(of))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(pgtest.Server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = to.Path
	c, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// rows counts those of every table.
func rows(t *testing.T, of dsn.URL) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, table := range beyond[[]string](t, of, `SELECT coalesce(array_agg(relname::text), '{}') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`) {
		all[table] = beyond[int](t, of, `SELECT count(*)::int FROM `+table)
	}
	return all
}

// TestABackupHoldsEveryRowAndBringsEveryRightBack: taken by a role that is no superuser of tables that even bind their
// owner, restored into another database by another owner for other roles, and worked with there.
func TestABackupHoldsEveryRowAndBringsEveryRightBack(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	v := r.sent()
	r.handles(v.ID, persistsamples.Reported())
	manager := r.manager
	if n := beyond[int](t, r.owner, `WITH far AS (UPDATE contracts SET due_at = now() + interval '5 hours' RETURNING 1) SELECT count(*)::int FROM far`); n != 1 {
		t.Fatalf("%d contracts are due", n)
	}
	file := saved(t, backup)
	before := rows(t, r.owner)
	rightsBefore := r.rights()

	owner, serving, saving := ownDatabase(t)
	var out bytes.Buffer
	if err := dump.Restore(t.Context(), file, string(owner), known(schema.Current()), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "contracts") || strings.Contains(out.String(), "$ecret") {
		t.Errorf("it said %s", out.String())
	}
	after := rows(t, owner)
	before["sessions"] = 0 // whoever was logged in logs in again
	for table, n := range before {
		if after[table] != n {
			t.Errorf("%s has %d rows, had %d", table, after[table], n)
		}
	}
	if before["contracts"] == 0 || before["history"] == 0 {
		t.Fatalf("there was nothing to save: %v", before)
	}
	there := *r
	there.owner, there.serving = owner, serving
	there.open(func(d *postgres.Database) { d.Addresses.Backup = saving })
	if due := beyond[int](t, owner, `SELECT count(*)::int FROM contracts WHERE due_at <= now()`); due != 1 {
		t.Errorf("%d contracts are due at once; the world may have gone on since", due)
	}
	there.manager = there.as(auth.Person{Subject: manager.Subject, Role: auth.Manager})
	if differ := differing(rightsOf(rightsBefore, r.owner), rightsOf(there.rights(), owner)); differ != "" {
		t.Errorf("restored, it has other rights, or tables:%s", differ)
	}
	there.handles(v.ID, persistsamples.Reported())
	there.readings(v.ID) // verifies the chain
	if _, err := there.manager.Create(t.Context(), persistsamples.Draft(), persistclient.Idempotency{}); err != nil {
		t.Error(err)
	}
	if again := saved(t, saving); again == "" {
		t.Error("no backup can be taken of it")
	}
}

// differing lists the lines that only one of both texts has.
func differing(before, after string) (all string) {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			all += "\n- " + line
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			all += "\n+ " + line
		}
	}
	return all
}

// rightsOf calls roles by what they do, whichever database they are of.
func rightsOf(rights string, of dsn.URL) string {
	u, _ := url.Parse(string(of))
	return strings.ReplaceAll(rights, strings.TrimPrefix(u.Path, "/"), "")
}

func TestABackupThatWouldLackSomethingIsNotTaken(t *testing.T) {
	t.Parallel()
	r, backup := keeper(t)
	file := filepath.Join(t.TempDir(), "record.dump")
	for name, from := range map[string]dsn.URL{"the owner, whom row-level security binds": r.owner, "the role that serves": r.serving} {
		err := dump.Take(t.Context(), string(from), file, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "may not read all of") || !strings.Contains(err.Error(), "contracts") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := asRole(t, r.owner, `DROP POLICY backed_up ON notifications`); err != nil {
		t.Fatal(err)
	}
	if err := dump.Take(t.Context(), string(backup), file, io.Discard); err == nil || !strings.Contains(err.Error(), "all of notifications:") {
		t.Errorf("of a table without its policy: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
	r.open(func(d *postgres.Database) { d.Addresses.Backup = backup }) // the next start mends it
	saved(t, backup)
}

func TestABackupIsNotWrittenOverAnother(t *testing.T) {
	t.Parallel()
	_, backup := keeper(t)
	file := saved(t, backup)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := dump.Take(t.Context(), string(backup), file, io.Discard); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v", err)
	}
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("the backup was changed")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
}
