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

// Mark marks a folder that is there. It may be done again.
func Mark(dir string) error {
	err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600)
	if err == nil {
		err = os.Symlink(os.DevNull, filepath.Join(dir, link))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("mark %s as private: %w", dir, err)
	}
	return nil
}
