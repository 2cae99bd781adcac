package persist

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// pair is a primary and its standby, two real servers, and the line that leads to one of them.
type pair struct {
	*proxy
	primary, standby *postgres.Server
}

func newPair(t *testing.T) *pair {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // as root, the servers run as another user
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &pair{primary: started(t, filepath.Join(dir, "a"))}
	copyOf(t, p.primary, filepath.Join(dir, "a"), filepath.Join(dir, "b"))
	p.standby = started(t, filepath.Join(dir, "b"))
	p.proxy = newProxy(t, host(t, p.primary))
	return p
}

func started(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	s, err := postgres.Start(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// copyOf makes a standby of a server.
func copyOf(t *testing.T, of *postgres.Server, from, to string) {
	t.Helper()
	program, err := postgres.Program("pg_basebackup")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-D", filepath.Join(to, "cluster"), "-R", "-c", "fast", "-d", of.URL)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	word, err := os.ReadFile(filepath.Join(from, "password"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "password"), word, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func host(t *testing.T, s *postgres.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// addresses are those of the owner and of the role that serves, by way of the line.
func (p *pair) addresses(t *testing.T) (owner, serving dsn.URL) {
	t.Helper()
	owner = p.through(t, dsn.URL(p.primary.URL))
	u, err := url.Parse(string(owner))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("serves", "it's a $ecret")
	return owner, dsn.URL(u.String())
}

// on runs a statement on one of the servers and returns the one value that it gives.
func on[T any](t *testing.T, s *postgres.Server, statement string) (value T) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// fence makes the primary take no more writes, as a failover's first step does. Its connections stay.
func (p *pair) fence(t *testing.T) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.primary.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, statement := range []string{`ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`} {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// caughtUp waits until the standby has everything that the primary has.
func (p *pair) caughtUp(t *testing.T) {
	t.Helper()
	end := on[string](t, p.primary, `SELECT pg_current_wal_lsn()::text`)
	pgtest.Eventually(t, func() error {
		if !on[bool](t, p.standby, `SELECT pg_last_wal_replay_lsn() >= '`+end+`'`) {
			return fmt.Errorf("the standby is not at %s yet", end)
		}
		return nil
	})
}
