package architecture_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	lineLimit    = 300
	commentWords = 6 // fewer say nothing
)

// ambient lists the functions of the standard library through which the environment and the clock come in.
var ambient = map[string][]string{
	"os":   {"Getenv", "LookupEnv", "Environ", "ExpandEnv"},
	"time": {"Now", "Since", "Until"},
}

func TestOnlySharedFunctionReadsTheEnvironmentAndTheClock(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || s.pkg == "shared/function" || forTests(s.pkg) {
			continue
		}
		names := s.localNames()
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := selector.X.(*ast.Ident); ok && slices.Contains(ambient[names[from.Name]], selector.Sel.Name) {
				t.Errorf("%s: %s.%s: everything needed is passed in (function.Boot)",
					s.positions.Position(n.Pos()), names[from.Name], selector.Sel.Name)
			}
			return true
		})
	}
}

// localNames says under which name a file imports the packages of reached.
func (s source) localNames() map[string]string {
	names := map[string]string{}
	for _, i := range s.syntax.Imports {
		library := strings.Trim(i.Path.Value, `"`)
		if ambient[library] == nil {
			continue
		}
		names[library] = library
		if i.Name != nil {
			names[i.Name.Name] = library
		}
	}
	return names
}

func TestNoPackageHasAnInitFunction(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.SkipObjectResolution) {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil && !s.test {
				t.Errorf("%s: init() runs before main, where nobody sees it", s.positions.Position(f.Pos()))
			}
		}
	}
}

// TestNoPatternIsCompiledAtTheStart: a pattern that belongs to a package is compiled whenever a process starts, used or not.
func TestNoPatternIsCompiledAtTheStart(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.test || forTests(s.pkg) {
			continue
		}
		for _, d := range s.syntax.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BlockStmt:
					return false
				case *ast.SelectorExpr:
					if from, ok := n.X.(*ast.Ident); ok && from.Name == "regexp" && strings.HasPrefix(n.Sel.Name, "MustCompile") {
						t.Errorf("%s: compile it at its first use, by sync.OnceValue", s.positions.Position(n.Pos()))
					}
				}
				return true
			})
		}
	}
}

func TestFilesStayUnderTheLineLimit(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".go", ".js", ".css") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte("\n")); lines > lineLimit {
			t.Errorf("%s has %d lines, more than %d: it does more than one thing", file, lines, lineLimit)
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for _, s := range sources(t, parser.ParseComments) {
		if s.test {
			continue
		}
		found[s.pkg] += 0
		if s.syntax.Doc == nil {
			continue
		}
		found[s.pkg]++
		text := s.syntax.Doc.Text()
		opening := "Package " + s.syntax.Name.Name + " "
		if s.syntax.Name.Name == "main" {
			opening = "Command "
		}
		if !strings.HasPrefix(text, opening) || len(strings.Fields(text)) < commentWords {
			t.Errorf("%s: the package comment begins %.40q, not with %q and what it is for", s.file, text, opening)
		}
	}
	for pkg, n := range found {
		if n != 1 {
			t.Errorf("%s has %d package comments, want one", pkg, n)
		}
	}
}

// What is depended on is a promise to those who build it: each direct dependency says in CONTRIBUTING.md what it is for.
func TestEveryDirectDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	reasons, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(modules)) {
		module, version, required := strings.Cut(strings.TrimSpace(line), " v")
		if !required || strings.Contains(version, "// indirect") {
			continue
		}
		direct++
		if !bytes.Contains(reasons, []byte("`"+module+"`")) {
			t.Errorf("CONTRIBUTING.md does not say what %s is for", module)
		}
	}
	if direct == 0 {
		t.Error("go.mod names no direct dependency")
	}
}

// maxFiles is how many files a package may have besides its tests.
const maxFiles = 15

func TestPackagesHaveFewFiles(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, s := range sources(t, parser.PackageClauseOnly) {
		if !s.test {
			count[s.pkg]++
		}
	}
	for pkg, n := range count {
		if n > maxFiles {
			t.Errorf("%s has %d files, more than %d: it does more than one thing", pkg, n, maxFiles)
		}
	}
}
