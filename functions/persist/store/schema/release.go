// Package schema makes a database what this program needs: tables, roles and their rights, and the first account. It also
// tells whether a database is that.
package schema

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// migrationFiles are numbered NNNN_what.sql, from 0001 without gaps. Each runs once and is never edited afterwards.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// grants, readingGrants and backupGrants say what the roles may do that are not the owner.
//
//go:embed grants.sql
var grants string

//go:embed reading.sql
var readingGrants string

//go:embed backup.sql
var backupGrants string

// Release is what one version of this program makes of a database. Two of them may work on one database while an
// upgrade is under way: the older one leaves everything as the newer one made it.
type Release struct {
	Migrations []Migration // numbered from 1 without gaps
	Rights     []Script    // run after the migrations, in full each time
}

// Script is SQL with the name of its file.
type Script struct{ Name, Text string }

// Migration is a script that runs once.
type Migration struct {
	Number int
	Name   string
	Text   string
}

// Current is this program's own release.
var Current = sync.OnceValue(func() Release {
	return Release{Migrations: embedded(), Rights: []Script{{"grants.sql", grants}, {"reading.sql", readingGrants}, {"backup.sql", backupGrants}}}
})

// Newest is the number of the last migration.
func (r Release) Newest() int { return len(r.Migrations) }

// SHA256 is the digest of the migration, which the database keeps.
func (m Migration) SHA256() string {
	sum := sha256.Sum256([]byte(m.Text))
	return hex.EncodeToString(sum[:])
}

// OldestMark begins the line in which a migration says beside which programs it can stand.
const OldestMark = "-- oldest-program: "

// oldest is the number of the last migration that a program must know to work on a database in which this one was made;
// 0 if any will do, as it is where something is only added.
func (m Migration) oldest() int {
	for line := range strings.Lines(m.Text) {
		if number, marked := strings.CutPrefix(line, OldestMark); marked {
			n, _ := strconv.Atoi(strings.TrimSpace(number)) // a test reads them all
			return n
		}
	}
	return 0
}

// embedded lists the migrations in order. Their names are constants of this program and checked by a test.
func embedded() []Migration {
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is well formed; the names come sorted
	list := make([]Migration, 0, len(names))
	for _, name := range names {
		text, _ := fs.ReadFile(migrationFiles, name) // embedded, so it is there
		name = strings.TrimPrefix(name, "migrations/")
		digits, _, _ := strings.Cut(name, "_")
		number, _ := strconv.Atoi(digits)
		list = append(list, Migration{Number: number, Name: name, Text: string(text)})
	}
	return list
}
