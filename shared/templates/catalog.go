package templates

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"sync"
)

//go:embed */*/*.json */*/*.md
var folders embed.FS

// catalog holds every version of every template, by name and then version. It is read at the first use, because every
// function's process has this package in it and most of them never ask. The folders are part of the program and a
// test reads them all: what is wrong with one is a mistake of ours, so it panics.
var catalog = sync.OnceValue(func() []Template {
	all, err := read(folders)
	if err != nil {
		panic(err)
	}
	return all
})

func read(folders fs.FS) ([]Template, error) {
	found, err := fs.Glob(folders, "*/*/template.json")
	if err != nil {
		return nil, err
	}
	all := make([]Template, 0, len(found))
	for _, file := range found {
		t, err := readFolder(folders, path.Dir(file))
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", path.Dir(file), err)
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Template) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return all, nil
}

// readFolder reads one version of one template. That every file of it is there and sound is part of loading it.
func readFolder(folders fs.FS, folder string) (Template, error) {
	t := Template{Name: path.Dir(folder), texts: map[string]string{}}
	var err error
	if t.Version, err = strconv.Atoi(path.Base(folder)); err != nil {
		return t, err
	}
	about, err := fs.ReadFile(folders, folder+"/template.json")
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(about, &t); err != nil {
		return t, err
	}
	if t.Schema, err = fs.ReadFile(folders, folder+"/schema.json"); err != nil {
		return t, err
	}
	if t.example, err = fs.ReadFile(folders, folder+"/example.json"); err != nil {
		return t, err
	}
	for _, language := range t.Languages {
		text, err := fs.ReadFile(folders, folder+"/"+language+".md")
		if err != nil {
			return t, err
		}
		t.texts[language] = string(text)
	}
	text := t.Schema
	t.schema = sync.OnceValue(func() *schema { return mustRead(text) })
	return t, nil
}

func mustRead(text []byte) *schema {
	s, err := readSchema(text)
	if err != nil {
		panic(err)
	}
	return s
}
