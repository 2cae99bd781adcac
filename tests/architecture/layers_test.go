package architecture_test

import (
	"go/ast"
	"go/parser"
	"path"
	"slices"
	"testing"
)

// belowHandlers are the packages that are called by HTTP handlers and know nothing of HTTP themselves: whatever they need of
// a request is passed to them by its name.
var belowHandlers = []string{
	"functions/orchestrate/input", "functions/orchestrate/decisions", "functions/orchestrate/signing",
	"functions/persist/store/*", "functions/persist/access", "functions/persist/history", "functions/persist/problem",
}

func TestNothingBelowTheHandlersKnowsARequest(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, pkg := range belowHandlers {
		seen[pkg] = false
	}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		i := slices.IndexFunc(belowHandlers, func(pattern string) bool { fits, _ := path.Match(pattern, s.pkg); return fits })
		if i < 0 || s.test {
			continue
		}
		seen[belowHandlers[i]] = true
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				from, ok := selector.X.(*ast.Ident)
				if name := selector.Sel.Name; ok && from.Name == "http" && (name == "Request" || name == "ResponseWriter") {
					t.Errorf("%s: http.%s below the handlers", s.positions.Position(n.Pos()), name)
				}
			}
			return true
		})
	}
	for pkg, there := range seen {
		if !there {
			t.Errorf("%s is not there: belowHandlers is out of date", pkg)
		}
	}
}
