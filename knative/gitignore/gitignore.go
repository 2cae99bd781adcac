// Package gitignore keeps folders with secrets out of commits and images.
package gitignore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// link is what func's host builder, which takes the whole folder that it builds into the image and asks no .funcignore,
// refuses: "project may not contain absolute links"
// (https://github.com/knative/func/blob/main/pkg/oci/builder.go, validatedLinkTarget).
const link = "not-for-images"

// Add excludes an existing folder. Files that are already in it stay as they are; a second call changes nothing.
func Add(dir string) error {
	_, err := AddWithUndo(dir)
	return err
}

// AddWithUndo is Add for an operation that may fail: undo removes what it made.
func AddWithUndo(dir string) (undo func(), err error) {
	var made []string
	undo = func() {
		for _, path := range made {
			_ = os.Remove(path)
		}
	}
	rules, mark := filepath.Join(dir, ".gitignore"), filepath.Join(dir, link)
	for path, err := range map[string]error{rules: ignoreAll(rules), mark: os.Symlink(os.DevNull, mark)} {
		if err == nil {
			made = append(made, path)
		} else if !errors.Is(err, fs.ErrExist) {
			return undo, fmt.Errorf("exclude %s from git and images: %w", dir, err)
		}
	}
	return undo, nil
}

// ignoreAll never overwrites: the folder may be one that somebody else has rules for.
func ignoreAll(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 G703 -- in a folder that the caller named
	if err != nil {
		return err
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}
