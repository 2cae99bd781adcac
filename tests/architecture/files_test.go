package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the module.
type source struct {
	file, pkg string // with slashes, from the root
	test      bool
	syntax    *ast.File
	positions *token.FileSet
}

// sources parses every Go file of the module.
func sources(t *testing.T, mode parser.Mode) []source {
	t.Helper()
	var all []source
	for _, file := range files(t, ".go") {
		s := source{file: file, pkg: path.Dir(file), test: strings.HasSuffix(file, "_test.go"), positions: token.NewFileSet()}
		var err error
		if s.syntax, err = parser.ParseFile(s.positions, file, nil, mode); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// files lists what of ours ends in one of these ways; not what Go and git pass over.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := entry.Name(); entry.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin") {
			return fs.SkipDir
		}
		if !entry.IsDir() && slices.Contains(endings, path.Ext(name)) {
			found = append(found, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("files ending in %v: %d, %v", endings, len(found), err)
	}
	return found
}

// imports lists what a file imports: packages of the module, as in the table, and libraries.
func (s source) imports() (own, libraries []string) {
	for _, i := range s.syntax.Imports {
		name, _ := strconv.Unquote(i.Path.Value)
		switch inside, ours := strings.CutPrefix(name, module); {
		case !ours:
			libraries = append(libraries, name)
		case inside == "":
			own = append(own, ".")
		default:
			own = append(own, strings.TrimPrefix(inside, "/"))
		}
	}
	return own, libraries
}
