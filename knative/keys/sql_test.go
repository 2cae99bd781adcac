package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/requires"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

func TestTheSQLMakesTheRoleAndTheDatabaseAndMayBeRunAgain(t *testing.T) {
	t.Parallel()
	psql := requires.Program(t, "psql", "postgresql-client")
	folder, err := os.MkdirTemp("", "keys-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { // as root, the server runs as another user
		t.Fatal(err)
	}
	server, err := postgres.Start(t.Context(), filepath.Join(folder, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	dir := filepath.Join(t.TempDir(), "secrets")
	if _, output, status := keys(t, "-out", dir, "-database", "postgres://db.example:5432/paraphe"); status != 0 {
		t.Fatal(output)
	}
	sql, output, status := keys(t, "-from", dir, "-sql")
	if status != 0 {
		t.Fatal(output)
	}
	for range 2 {
		ask(t, psql, server.URL, sql, "-v", "ON_ERROR_STOP=1")
	}
	got := ask(t, psql, server.URL, "", "-tAc", `SELECT rolcanlogin, rolcreaterole, rolsuper, rolpassword LIKE 'SCRAM-SHA-256$%',
		(SELECT count(*) FROM pg_database WHERE datname = 'paraphe' AND datdba = r.oid) FROM pg_authid r WHERE rolname = 'paraphe_owner'`)
	if got != "t|t|f|t|1\n" {
		t.Errorf("login, makes roles, superuser, password, databases: %q", got)
	}
}

func ask(t *testing.T, psql, address, input string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), psql, append([]string{"-X", address}, args...)...)
	c.Stdin = strings.NewReader(input)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestSQLQuotesWhatAPasswordMayHold(t *testing.T) {
	t.Parallel()
	s := &secrets{values: map[string]map[string]string{"persist": {"MIGRATION_DATABASE_URL": `postgres://o%22wner:it%27s@h/da%27ta`}}}
	var out strings.Builder
	if err := s.writeSQL(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`ALTER ROLE "o""wner" LOGIN CREATEROLE PASSWORD 'it''s';`, `'CREATE DATABASE "da''ta" OWNER "o""wner"'`, `datname = 'da''ta'`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, &out)
		}
	}
}

func TestSQLNeedsAFolder(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-sql"}, {"-sql", "-from", "x", "-out", "y"}, {"-sql", "-from", "x", "-rotate", "add"}} {
		if _, output, status := keys(t, args...); status == 0 || !strings.Contains(output, "-sql needs -from") {
			t.Errorf("%v: %d, %s", args, status, output)
		}
	}
}
