package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// places is where systems put PostgreSQL's server programs, which are seldom on PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/opt/homebrew/bin",
}

// programs finds the folder of initdb and postgres: where they are installed, or fetched into dir.
func programs(ctx context.Context, fetched string) (string, error) {
	if dir, found := installed(); found {
		return dir, nil
	}
	return fetch(ctx, fetched, fromEnvironment())
}

// installed finds the folder of initdb and postgres on PATH, or in the usual places (the newest).
func installed() (string, bool) {
	if found, err := exec.LookPath("initdb"); err == nil && hasPrograms(filepath.Dir(found)) {
		return filepath.Dir(found), true
	}
	for _, place := range places {
		found, _ := filepath.Glob(place) // the patterns are constants and well formed
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		for _, dir := range found {
			if hasPrograms(dir) {
				return dir, true
			}
		}
	}
	return "", false
}

func hasPrograms(dir string) bool {
	return executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres"))
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// version reads the number in "/usr/lib/postgresql/15/bin".
func version(dir string) int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, filepath.Base(filepath.Dir(dir)))
	n, _ := strconv.Atoi(digits) // no number: the oldest
	return n
}

// Program finds one of PostgreSQL's programs, such as pg_dump: beside the server's, or on PATH.
func Program(name string) (string, error) {
	if bin, found := installed(); found {
		if path := filepath.Join(bin, name); executable(path) {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is not installed: install PostgreSQL's programs (on Debian: apt-get install postgresql-client)", name)
	}
	return path, nil
}
