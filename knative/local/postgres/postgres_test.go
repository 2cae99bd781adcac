package postgres_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/postgres"
)

// A cluster that is stopped and started again still has what was committed.
func TestCommittedDataSurviveARestart(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), folder(t)
	query(t, started(ctx, t, dir), func(c *pgx.Conn) {
		if _, err := c.Exec(ctx, `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('paraphe')`); err != nil {
			t.Fatal(err)
		}
	})
	query(t, started(ctx, t, dir), func(c *pgx.Conn) {
		var word string
		if err := c.QueryRow(ctx, `SELECT word FROM kept`).Scan(&word); err != nil || word != "paraphe" {
			t.Fatalf("got %q, %v", word, err)
		}
	})
}

// started starts the server for one use; query stops it.
func started(ctx context.Context, t *testing.T, dir string) *postgres.Server {
	t.Helper()
	s, err := postgres.Start(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func query(t *testing.T, s *postgres.Server, do func(*pgx.Conn)) {
	t.Helper()
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	address, err := postgres.Create(t.Context(), s.URL, "one")
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	do(c)
}

// folder is one that other users may enter: as root, the server runs as one of them.
func folder(t *testing.T) string {
	t.Helper()
	top, err := os.MkdirTemp("", "paraphe-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	if err := os.Chmod(top, 0o755); err != nil { // see above
		t.Fatal(err)
	}
	return filepath.Join(top, "database")
}

// What was committed outlives a crash, at the same address.
func TestACrashLosesNothingThatWasCommitted(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := started(ctx, t, folder(t))
	query(t, s, func(c *pgx.Conn) {
		if _, err := c.Exec(ctx, `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('paraphe')`); err != nil {
			t.Fatal(err)
		}
		before := s.PID()
		if err := s.Crash(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(ctx); err == nil || s.PID() == before {
			t.Error("it is the same server")
		}
		again, err := pgx.ConnectConfig(ctx, c.Config())
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close(ctx)
		var word string
		if err := again.QueryRow(ctx, `SELECT word FROM kept`).Scan(&word); err != nil || word != "paraphe" {
			t.Fatalf("got %q, %v", word, err)
		}
	})
}
