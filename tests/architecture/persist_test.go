package architecture_test

import (
	"go/ast"
	"go/parser"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// statement matches how the SQL statements of this module begin: upper case, and what a statement cannot do without.
var statement = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(SELECT\s|INSERT INTO\s|UPDATE \w+ (\w+ )?SET\s|DELETE FROM\s|WITH (RECURSIVE )?\w+ AS |CREATE (TABLE|ROLE)\s|GRANT\s)`)
})

// What a function does not say in SQL it cannot get wrong there: the stores say all of it.
func TestFunctionsSpeakSQLOnlyInTheStores(t *testing.T) {
	t.Parallel()
	found := 0
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || !within(s.pkg, "functions") && !within(s.pkg, "shared") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !statement().MatchString(text) {
				return true
			}
			if found++; !within(s.pkg, "functions/persist/store") {
				t.Errorf("%s: a statement outside of functions/persist/store: %.40s", s.positions.Position(n.Pos()), strings.TrimSpace(text))
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d statements were recognised in the stores", found)
	}
}
