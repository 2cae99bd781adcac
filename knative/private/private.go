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
	ignored := ignoreAll(filepath.Join(dir, ".gitignore"))
	linked := os.Symlink(os.DevNull, filepath.Join(dir, link))
	for _, err := range []error{ignored, linked} {
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("mark %s as private: %w", dir, err)
		}
	}
	return nil
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
