package conformance_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
	dir, err := os.MkdirTemp("", "paraphe-conformance-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // as root, the server runs as another user
	}
	if err != nil {
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
