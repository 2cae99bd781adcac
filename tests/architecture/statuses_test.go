package architecture_test

import (
	"go/ast"
	"go/parser"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// Which statuses follow from what, and what may be done in which, shared/lifecycle says and nobody else: a second place would
// be forgotten when a status comes. The audit is none of them: it holds the record against a judgement of its own.
func TestOnlyTheLifecycleNamesStatuses(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range contract.Statuses {
		names[strings.ToUpper(string(s[:1]))+string(s[1:])] = true
	}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || within(s.pkg, "knative") || within(s.pkg, "internal") || s.pkg == "shared/contract" || s.pkg == "shared/lifecycle" {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok && names[selector.Sel.Name] {
				if from, ok := selector.X.(*ast.Ident); ok && from.Name == "contract" {
					t.Errorf("%s: contract.%s: ask shared/lifecycle", s.positions.Position(n.Pos()), selector.Sel.Name)
				}
			}
			return true
		})
	}
}

// statusLists are what SQL may say of a status, by what each is in the rules.
func statusLists() map[string]bool {
	var all, final, endedWithout []string
	for _, s := range contract.Statuses {
		all = append(all, string(s))
		if s.Final() {
			final = append(final, string(s))
		}
		if s.Final() && s != contract.Completed {
			endedWithout = append(endedWithout, string(s))
		}
	}
	lists := map[string]bool{string(lifecycle.First): true, string(contract.Preparing): true} // the first, and the one in which an attempt is opened
	for _, l := range [][]string{all, final, endedWithout} {
		slices.Sort(l)
		lists[strings.Join(l, ",")] = true
	}
	return lists
}

func TestStatusesInSQLAreThoseOfTheLifecycle(t *testing.T) {
	t.Parallel()
	condition := regexp.MustCompile(`(?s)\bstatus'?\s*(?:=|(?:NOT )?IN)\s*\(?\s*('+[a-z]+'+(?:,\s*'+[a-z]+'+)*)`)
	allowed, found := statusLists(), 0
	for _, file := range files(t, ".sql", ".go") {
		if strings.HasSuffix(file, "_test.go") || !strings.HasPrefix(file, "functions/persist/") {
			continue
		}
		for _, list := range condition.FindAllStringSubmatch(readFile(t, file), -1) {
			found++
			statuses := strings.Split(strings.NewReplacer("'", "", " ", "", "\n", "").Replace(list[1]), ",")
			slices.Sort(statuses)
			if !allowed[strings.Join(statuses, ",")] {
				t.Errorf("%s: %v is no list of the lifecycle's", file, statuses)
			}
		}
	}
	if found < 6 {
		t.Errorf("only %d conditions were found", found)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
