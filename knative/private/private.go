// Package private marks folders that hold secrets, so that no commit and no image takes them along.
package private

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

// Mark marks a folder that is there. It may be done again, and what is in the folder already stays as it is.
func Mark(dir string) error {
	_, err := MarkFor(dir)
	return err
}

// MarkFor marks a folder for something that may come to nothing: undo takes away again what it made.
func MarkFor(dir string) (undo func(), err error) {
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
			return undo, fmt.Errorf("mark %s as private: %w", dir, err)
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
