// Package pgtest gives the tests of persist a PostgreSQL of their own.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/postgres"
)

// Server is the address of a PostgreSQL as superuser, set once before the tests run.
var Server string

// Run runs the tests of a package with TEST_DATABASE_URL (a superuser), or with a private PostgreSQL that it starts.
func Run(m *testing.M) int {
	if Server = os.Getenv("TEST_DATABASE_URL"); Server != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "paraphe-persist-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // as root, the server runs as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := postgres.Start(context.Background(), filepath.Join(dir, "database"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = s.Stop() }()
	Server = s.URL
	return m.Run()
}

// Schema makes an empty schema of the test's own and returns the addresses of its owner and of a role to serve,
// which does not exist yet.
func Schema(t testing.TB) (owner, serving dsn.URL) {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text())
	role := "serves_" + name
	Superuser(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() {
		Superuser(t, "DROP SCHEMA "+name+" CASCADE")
		Superuser(t, "DROP ROLE IF EXISTS "+role)
	})
	u, err := url.Parse(Server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	owner = dsn.URL(u.String())
	u.User = url.UserPassword(role, "it's a $ecret")
	return owner, dsn.URL(u.String())
}

// Superuser runs a statement that no policy binds.
func Superuser(t testing.TB, statement string) {
	t.Helper()
	c, err := pgx.Connect(context.Background(), Server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Eventually waits until what it asks for is so.
func Eventually(t testing.TB, ask func() error) {
	t.Helper()
	timeouts.Eventually(t, 20*time.Second, ask)
}
