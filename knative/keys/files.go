package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/knative/gitignore"
)

// passwordFile holds the password of the first account; no function reads it.
const passwordFile = "administrator-password" // #nosec G101 -- the name of a file

// writeObjects writes Kubernetes Secrets, one for each function.
func (s *secrets) writeObjects(w io.Writer) error {
	var text strings.Builder
	if s.password != "" {
		fmt.Fprintf(&text, "# The first account's password: %s\n", s.password)
	}
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  labels:\n    app.kubernetes.io/part-of: paraphe\ntype: Opaque\nstringData:\n", secretName(name))
		for _, setting := range slices.Sorted(maps.Keys(s.values[name])) {
			value, err := json.Marshal(s.values[name][setting]) // a JSON string is a YAML string
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "  %s: %s\n", keyName(setting), value)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// files is what there is to write, by path.
func (s *secrets) files(dir string) map[string]string {
	all := map[string]string{}
	if s.password != "" {
		all[filepath.Join(dir, passwordFile)] = s.password
	}
	for name, values := range s.values {
		for setting, value := range values {
			if value != "" {
				all[filepath.Join(dir, secretName(name), keyName(setting))] = value
			}
		}
	}
	return all
}

// writeFiles writes one file for each value, which its user alone can read. If any is there already, none is written.
func (s *secrets) writeFiles(dir string) error {
	files := s.files(dir)
	paths := slices.Sorted(maps.Keys(files))
	for _, path := range paths {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) { // #nosec G703 -- a folder that the caller named
			return fmt.Errorf("%s already exists: nothing was written", path)
		}
	}
	if err := open(dir); err != nil {
		return err
	}
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { // #nosec G703 -- a folder that the caller named
			return err
		}
		if err := writeNew(path, files[path]); err != nil {
			return err
		}
	}
	return nil
}

// open makes a folder for secrets, which its user alone can enter, and which no commit and no image takes along.
func open(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil { // #nosec G703 -- a folder that the caller named
		return err
	}
	return gitignore.Add(dir)
}

// writeNew never overwrites, not even a file that came since it was looked for.
func writeNew(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 G703 -- a folder that the caller named
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// readFiles reads what writeFiles wrote, and what was put beside it by hand since.
func readFiles(dir string) (*secrets, error) {
	s := &secrets{values: map[string]map[string]string{}}
	for name, read := range settings() {
		s.values[name] = map[string]string{}
		for _, setting := range read {
			path := filepath.Join(dir, secretName(name), keyName(setting))
			text, err := os.ReadFile(path) // #nosec G304 G703 -- a folder that the caller named
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			if s.values[name][setting] = strings.TrimSpace(string(text)); s.values[name][setting] == "" && rotates(setting) {
				return nil, fmt.Errorf("%s is missing", path)
			}
		}
	}
	account := filepath.Join(dir, secretName("administrator"), keyName(administratorSetting))
	text, err := os.ReadFile(account) // #nosec G304 G703 -- a folder that the caller named
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if given := strings.TrimSpace(string(text)); given != "" { // only where fakes play what is outside
		s.values["administrator"] = map[string]string{administratorSetting: given}
	}
	return s, s.wellFormed()
}
