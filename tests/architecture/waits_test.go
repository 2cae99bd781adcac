package architecture_test

import (
	"go/ast"
	"go/parser"
	"slices"
	"testing"
)

// measuredWaits are the test files whose ends are a length of time that somebody asked for, and no hope that something is
// over by then.
var measuredWaits = []string{
	"tests/soak_test.go", "tests/kills_test.go", // how long to go on
	"tests/coldstart_bench_test.go",       // a benchmark, on a machine that does nothing else
	"shared/persistclient/client_test.go", // a deadline that has passed is what is tried
}

// TestTestsWaitByTheLoadSeen: an end in seconds of the wall is reached on a machine that is busy with other work.
func TestTestsWaitByTheLoadSeen(t *testing.T) {
	t.Parallel()
	kept := map[string]bool{}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if !s.test && !within(s.pkg, "internal/testkit") || within(s.pkg, "tests/cluster") || within(s.pkg, "tests/compose") {
			continue // a cluster is a machine of its own
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"WithTimeout", "WithDeadline", "WithTimeoutCause", "WithDeadlineCause"}, selector.Sel.Name) {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); !ok || from.Name != "context" {
				return true
			}
			if kept[s.file] = true; !slices.Contains(measuredWaits, s.file) {
				t.Errorf("%s: context.%s: use internal/testkit/timeouts, whose ends grow with the load", s.positions.Position(n.Pos()), selector.Sel.Name)
			}
			return true
		})
	}
	for _, file := range measuredWaits {
		if !kept[file] {
			t.Errorf("%s waits for no length of time: measuredWaits is out of date", file)
		}
	}
}
