package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// places is where systems put PostgreSQL's server programs, which are seldom on PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/opt/homebrew/bin",
}

// programs finds the folder of initdb and postgres: on PATH, in the usual places (the newest), or fetched into dir.
func programs(fetched string) (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil && hasPrograms(filepath.Dir(found)) {
		return filepath.Dir(found), nil
	}
	for _, place := range places {
		found, _ := filepath.Glob(place) // the patterns are constants and well formed
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		for _, dir := range found {
			if hasPrograms(dir) {
				return dir, nil
			}
		}
	}
	return fetch(fetched)
}

func hasPrograms(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
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

// fetch gets the programs over the network. The library can only fetch by starting a server; whether that start
// worked does not matter, since this package starts its own as the user that it chooses.
func fetch(dir string) (string, error) {
	bin := filepath.Join(dir, "bin")
	if hasPrograms(bin) {
		return bin, nil
	}
	once := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		BinariesPath(dir).RuntimePath(filepath.Join(dir, "runtime")).DataPath(filepath.Join(dir, "once")).Logger(nil))
	startErr := once.Start()
	if startErr == nil {
		startErr = once.Stop()
	}
	if hasPrograms(bin) {
		return bin, os.RemoveAll(filepath.Join(dir, "once"))
	}
	return "", fmt.Errorf("no PostgreSQL: install one (on Debian: apt-get install postgresql) or set DATABASE_URL; "+
		"fetching one did not work either: %w", errors.Join(startErr))
}
