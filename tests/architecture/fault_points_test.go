package architecture_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	emptyPoints = "shared/function/point.go"       // what is compiled
	armedPoints = "shared/function/point_armed.go" // what is compiled with the tag faultpoints
)

// What is shipped has no moment at which it ends: its points are empty, and nothing but tests/ builds the others.
func TestShippedBinariesHaveNoFaultPoints(t *testing.T) {
	t.Parallel()
	pkg, err := build.ImportDir("shared/function", 0)
	if err != nil || !slices.Contains(pkg.GoFiles, "point.go") || slices.Contains(pkg.GoFiles, "point_armed.go") {
		t.Fatalf("without a tag shared/function is %v, %v", pkg.GoFiles, err)
	}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if s.file != emptyPoints {
			continue
		}
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && len(f.Body.List) > 0 {
				t.Errorf("%s: %s does something", s.positions.Position(f.Pos()), f.Name.Name)
			}
		}
	}
	found := regexp.MustCompile(`faultpoints|FAULT_POINTS`)
	for _, file := range append(files(t, ".go", ".yaml"), "Makefile", "Dockerfile", ".ko.yaml", ".ci/run") {
		if strings.HasSuffix(file, "_test.go") || file == armedPoints || file == emptyPoints {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if place := found.Find(text); place != nil {
			t.Errorf("%s says %s: only tests build the functions so", file, place)
		}
	}
}
