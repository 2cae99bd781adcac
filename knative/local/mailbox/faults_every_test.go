package mailbox

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// TestEveryFaultIsListed: a fault that is added is in EveryFault, so that every test that tries them all tries it.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	inCode := map[string][]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "faults.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return true
		}
		kind, named := spec.Type.(*ast.Ident)
		value, literal := spec.Values[0].(*ast.BasicLit)
		if named && literal {
			text, _ := strconv.Unquote(value.Value)
			inCode[kind.Name] = append(inCode[kind.Name], text)
		}
		return true
	})
	known := map[string][]string{"Fault": texts(allFaults), "SearchFault": texts(allSearchFaults)}
	if !reflect.DeepEqual(inCode, known) {
		t.Errorf("the code has %q, known are %q", inCode, known)
	}
	beside := []string{"Next", "Refused", "RetryAfter"} // for how many notifications, to whom, and how long to wait
	every := EveryFault()
	if n := len(every); n != 1+2*(len(allFaults)-1)+len(allSearchFaults)-1 {
		t.Errorf("%d faults have a name of their own", n)
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		tried := false
		for _, f := range every {
			tried = tried || !reflect.ValueOf(f).FieldByIndex(field.Index).IsZero()
		}
		if !tried && !slices.Contains(beside, field.Name) {
			t.Errorf("no fault has %s", field.Name)
		}
	}
}

func texts[T ~string](list []T) (all []string) {
	for _, one := range list {
		all = append(all, string(one))
	}
	return all
}
