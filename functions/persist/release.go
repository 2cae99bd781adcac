package persist

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

// release is what one version of this program makes of a database. Two of them may work on one database while an
// upgrade is under way: the older one leaves everything as the newer one made it.
type release struct {
	migrations []migration
	rights     []script // run after the migrations, in full each time
}

type script struct{ name, text string }

type migration struct {
	number int
	name   string
	text   string
}

// current is this program's own release.
var current = sync.OnceValue(func() release {
	return release{migrations: embedded(), rights: []script{{"grants.sql", grants}, {"reading.sql", readingGrants}, {"backup.sql", backupGrants}}}
})

// Migration is what a database keeps of one that was run.
type Migration struct {
	Number       int
	Name, SHA256 string
}

// Migrations lists those of this program, from 1 without gaps.
func Migrations() []Migration {
	var all []Migration
	for _, m := range current().migrations {
		all = append(all, Migration{Number: m.number, Name: m.name, SHA256: m.digest()})
	}
	return all
}

// newest is the number of the last migration.
func (r release) newest() int { return len(r.migrations) }

func (m migration) digest() string {
	sum := sha256.Sum256([]byte(m.text))
	return hex.EncodeToString(sum[:])
}

// oldestMark begins the line in which a migration says beside which programs it can stand.
const oldestMark = "-- oldest-program: "

// oldest is the number of the last migration that a program must know to work on a database in which this one was made;
// 0 if any will do, as it is where something is only added.
func (m migration) oldest() int {
	for line := range strings.Lines(m.text) {
		if number, said := strings.CutPrefix(line, oldestMark); said {
			n, _ := strconv.Atoi(strings.TrimSpace(number)) // a test reads them all
			return n
		}
	}
	return 0
}

// embedded lists the migrations in order. Their names are constants of this program and checked by a test.
func embedded() []migration {
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is well formed; the names come sorted
	list := make([]migration, 0, len(names))
	for _, name := range names {
		text, _ := fs.ReadFile(migrationFiles, name) // embedded, so it is there
		name = strings.TrimPrefix(name, "migrations/")
		digits, _, _ := strings.Cut(name, "_")
		number, _ := strconv.Atoi(digits)
		list = append(list, migration{number: number, name: name, text: string(text)})
	}
	return list
}
