package persist

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/postgres"
)

// server is the address of a PostgreSQL as superuser, set once before the tests run.
var server string

// TestMain uses TEST_DATABASE_URL (a superuser), or starts a private PostgreSQL for all tests of the package.
func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if server = os.Getenv("TEST_DATABASE_URL"); server != "" {
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
	server = s.URL
	return m.Run()
}

// schema makes an empty schema of the test's own and returns the addresses of its owner and of a role to serve,
// which does not exist yet.
func schema(t testing.TB) (owner, serving databaseURL) {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text())
	role := "serves_" + name
	superuser(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() {
		superuser(t, "DROP SCHEMA "+name+" CASCADE")
		superuser(t, "DROP ROLE IF EXISTS "+role)
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	owner = databaseURL(u.String())
	u.User = url.UserPassword(role, "it's a $ecret")
	return owner, databaseURL(u.String())
}

func superuser(t testing.TB, statement string) {
	t.Helper()
	c, err := pgx.Connect(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
