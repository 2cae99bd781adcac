package devstack

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// A database that cannot be used is told in one line without its password, soon, and nothing is left behind.
func TestAnUnusableDatabaseIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	cases := map[string]struct{ address, want string }{
		"malformed":       {"postgres://user:s3cret@host:port/x", "DATABASE_URL must be a URL, for example postgres://"},
		"in another form": {"host=127.0.0.1 password=s3cret", "DATABASE_URL must be a URL, for example postgres://"},
		"nobody there":    {"postgres://somebody:s3cret@127.0.0.1:1/none", "PostgreSQL does not let somebody in at 127.0.0.1:1"},
		"silent":          {"postgres://somebody:s3cret@" + silent.Addr().String() + "/none", "PostgreSQL does not let somebody in at " + silent.Addr().String()},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.DatabaseURL = c.address
			elapsed := timeouts.Measure()
			for range 2 { // the second meets nothing of the first in its way
				assertNoStart(t.Context(), t, o, c.want)
			}
			if took := elapsed(); took > 20*time.Second {
				t.Errorf("it took %s to say so twice", took)
			}
		})
	}
}

// A start that its caller gives up ends, and does not go on until it would have succeeded.
func TestACancelledStartEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assertNoStart(ctx, t, options(t), "")
}

func options(t *testing.T) Options {
	t.Helper()
	return Options{
		Dir: t.TempDir(), Eventing: "../../../eventing", Programs: "never started", DatabaseURL: "postgres://somebody@127.0.0.1:1/none",
		Idle: time.Minute, Log: slog.New(slog.DiscardHandler),
	}
}

func assertNoStart(ctx context.Context, t *testing.T, o Options, want string) {
	t.Helper()
	opened, err := Start(ctx, o)
	if err == nil {
		_ = opened.Stop()
		t.Fatal("it started")
	}
	if output := err.Error(); !strings.Contains(output, want) || strings.Contains(output, "s3cret") || strings.Contains(output, "\n") {
		t.Errorf("said %q, want one line with %q", output, want)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "run.json")); err == nil {
		t.Error("it left a run.json behind")
	}
}
