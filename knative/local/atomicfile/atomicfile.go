// Package atomicfile replaces files as a whole: a reader, or the next start, sees the old content or the new one.
package atomicfile

import (
	"encoding/json"
	"os"
)

// Write replaces a file, which only its user can read. It does not wait for the disk.
func Write(path string, content []byte) error {
	if err := os.WriteFile(path+".tmp", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// WriteJSON replaces a file by a value's JSON.
func WriteJSON(path string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return Write(path, content)
}
