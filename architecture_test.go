package paraphe_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/paraphe/paraphe"

// rooms says, for each folder with Go files, which of our own rooms it may enter. A missing door is a closed one;
// "shared/*" opens every room of that name at that depth. Tests may go further: see mayEnter.
//
// contract ← events ← lifecycle, function ← functions/* ← paraphe ← knative/*, tests. Siblings never meet.
var rooms = map[string][]string{
	"shared/contract":      {},
	"shared/events":        {"shared/contract"},
	"shared/function":      {"shared/events"},
	"shared/auth":          {"shared/contract", "shared/events", "shared/function"},
	"shared/lifecycle":     {"shared/contract", "shared/events"},
	"shared/persistclient": {"shared/contract", "shared/events", "shared/function", "shared/auth", "shared/lifecycle"},
	"shared/fields":        {},
	"shared/templates":     {"shared/fields", "shared/function"},

	"functions/orchestrate":                 {"shared/*", "functions/orchestrate/signing", "functions/orchestrate/signing/*"},
	"functions/orchestrate/signing":         {"shared/contract", "shared/events"},
	"functions/orchestrate/signing/yousign": {"shared/contract", "shared/events", "shared/function", "functions/orchestrate/signing"},
	"functions/persist":                     {"shared/*"},
	"functions/generate-doc":                {"shared/*", "functions/generate-doc/*"},
	"functions/generate-doc/markup":         {},
	"functions/generate-doc/price":          {},
	"functions/generate-doc/typeset":        {},
	"functions/send-mail":                   {"shared/*"},
	"functions/receive-webhook":             {"shared/*"},
	"functions/frontend":                    {"shared/*"},
	".":                                     {"functions/*", "shared/function"},

	"knative/serve/orchestrate":     {"functions/orchestrate", "shared/function"},
	"knative/serve/persist":         {"functions/persist", "shared/function"},
	"knative/serve/generate-doc":    {"functions/generate-doc", "shared/function"},
	"knative/serve/send-mail":       {"functions/send-mail", "shared/function"},
	"knative/serve/receive-webhook": {"functions/receive-webhook", "shared/function"},
	"knative/serve/frontend":        {"functions/frontend", "shared/function"},

	"knative/gitignore":   {},
	"knative/keys":        {".", "shared/auth", "shared/fields", "shared/function", "knative/gitignore"}, // the manifests say which secrets there are
	"knative/audit":       {"knative/audit/check", "shared/auth", "shared/function"},
	"knative/audit/check": {"functions/persist", "functions/orchestrate/signing", "functions/orchestrate/signing/*", "shared/*"}, // looks from outside at what both keep

	"knative/local":              {"knative/local/*", "functions/persist", "knative/gitignore"}, // persist's migrations: which a backup may have
	"knative/local/town":         {".", "shared/*", "knative/local/*", "knative/gitignore"},
	"knative/local/story":        {},
	"knative/local/standin":      {"shared/function", "knative/local/*"},
	"knative/local/activator":    {"shared/*"},
	"knative/local/broker":       {"shared/*"},
	"knative/local/clock":        {"shared/*"},
	"knative/local/dump":         {"knative/local/postgres"},
	"knative/local/postgres":     {},
	"knative/local/mailbox":      {}, // the stand-ins share nothing with those who speak to them:
	"knative/local/phone":        {}, // what both got wrong alike would never be found
	"knative/local/signer":       {"knative/local/signer/*"},
	"knative/local/signer/pades": {"knative/local/signer/pdf"},
	"knative/local/signer/pdf":   {},

	"internal/testkit/browser":    {}, // helpers of tests
	"internal/testkit/eventstest": {"shared/*"},
	"internal/testkit/jwttest":    {},

	"tests":           {".", "knative/audit/check", "functions/persist"}, // which migrations a backup may have
	"tests/cluster":   {},
	"tests/compose":   {},
	"tests/manifests": {}, // a module of its own
}

// keys are the libraries that not every room may use, and why.
var keys = []struct {
	library string
	holders []string
	why     string
}{
	{"database/sql", nil, "persist owns the data, and speaks pgx"},
	{"github.com/jackc/pgx", []string{"functions/persist", "knative/local/postgres", "knative/local/dump", "knative/audit/check"},
		"persist owns the data (backups look whether they see all of it; the audit only reads it, from outside and with a role of its own: what persist got wrong it must not ask persist)"},
	{"net/smtp", nil, "send-mail is the only way mail leaves, and it has a library for that"},
	{"github.com/sendgrid", []string{"functions/send-mail"}, "send-mail is the only way mail leaves"},
	{"github.com/wneessen/go-mail", []string{"functions/send-mail"}, "send-mail is the only way mail leaves"},
	{"codeberg.org/go-pdf/fpdf", []string{"functions/generate-doc"}, "generate-doc draws"},
	{"github.com/kelseyhightower/envconfig", []string{"shared/function"}, "settings come in by one door"},
	{"github.com/golang-jwt/jwt", []string{"shared/auth"}, "a token is checked in one place"},
	{"github.com/MicahParks", []string{"shared/auth"}, "a token is checked in one place"},
	{"github.com/cloudevents/sdk-go", []string{"shared/events", "functions/persist", "knative/local/broker", "knative/local/clock"},
		"the wire form is shared/events' (persist keeps its answers in that form)"},
	{"go.etcd.io/bbolt", []string{"knative/local/broker"}, "no function keeps a file"},
	{"github.com/fergusstrange", []string{"knative/local/postgres"}, "no function starts a database"},
	{"github.com/robfig/cron", []string{"knative/local/clock"}, "no function runs a clock"},
	{"knative.dev", []string{"tests/manifests"}, "its packages are 60 MB and a minute of build"},
	{"k8s.io", []string{"tests/manifests"}, "no function asks the cluster that it runs in"},
	{"helm.sh/helm", []string{"tests/manifests"}, "no function installs anything"},
}

// source is one Go file of the house.
type source struct {
	file, room string // with slashes, from the root
	test       bool
	tree       *ast.File
	places     *token.FileSet
}

// sources parses every Go file of the house.
func sources(t *testing.T, mode parser.Mode) []source {
	t.Helper()
	var all []source
	for _, file := range files(t, ".go") {
		s := source{file: file, room: path.Dir(file), test: strings.HasSuffix(file, "_test.go"), places: token.NewFileSet()}
		var err error
		if s.tree, err = parser.ParseFile(s.places, file, nil, mode); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// files lists what of ours ends in one of these ways; not what Go and git pass over.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := entry.Name(); entry.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin") {
			return fs.SkipDir
		}
		if !entry.IsDir() && slices.Contains(endings, path.Ext(name)) {
			found = append(found, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("files ending in %v: %d, %v", endings, len(found), err)
	}
	return found
}

// imports lists what a file imports: rooms of our own, as in the table, and libraries.
func (s source) imports() (own, libraries []string) {
	for _, i := range s.tree.Imports {
		name, _ := strconv.Unquote(i.Path.Value)
		switch inside, ours := strings.CutPrefix(name, module); {
		case !ours:
			libraries = append(libraries, name)
		case inside == "":
			own = append(own, ".")
		default:
			own = append(own, strings.TrimPrefix(inside, "/"))
		}
	}
	return own, libraries
}

func TestEveryRoomEntersOnlyWhereItMay(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.ImportsOnly) {
		if _, known := rooms[s.room]; !known {
			t.Errorf("%s: %s is a new room; say what it may enter", s.file, s.room)
			continue
		}
		own, _ := s.imports()
		for _, room := range own {
			if !s.mayEnter(room) {
				t.Errorf("%s may not enter %s: siblings never meet, and nothing looks upwards", s.file, room)
			}
		}
	}
}

// mayEnter reports whether a file may import a room. A test may also use its own room, everything shared, the
// stand-ins of knative/local and the helpers of internal/testkit.
func (s source) mayEnter(room string) bool {
	doors := rooms[s.room]
	if s.test {
		doors = slices.Concat(doors, []string{s.room, "shared/*", "knative/local", "knative/local/*", "internal/testkit/*"})
	}
	return slices.ContainsFunc(doors, func(door string) bool {
		fits, _ := path.Match(door, room)
		return fits
	})
}

// forTests reports whether a package is part of no image of production: fakes, helpers of tests, tests.
func forTests(room string) bool {
	return within(room, "knative/local") || within(room, "internal/testkit") || within(room, "tests")
}

func TestProductionImportsNoFakesAndNoTestHelpers(t *testing.T) {
	t.Parallel()
	for room, doors := range rooms {
		if forTests(room) {
			continue
		}
		for _, door := range doors {
			if forTests(door) {
				t.Errorf("the table lets %s import %s: it would be in the image", room, door)
			}
		}
	}
}

func TestALibraryIsUsedWhereItsKeyIs(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.ImportsOnly) {
		_, libraries := s.imports()
		for _, library := range libraries {
			for _, key := range keys {
				if within(library, key.library) && !s.holds(key.holders) {
					t.Errorf("%s may not import %s: %s", s.file, library, key.why)
				}
			}
		}
	}
}

func TestOnlyTestsUseAWholeJSONSchemaValidator(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.ImportsOnly) {
		_, libraries := s.imports()
		for _, library := range libraries {
			if within(library, "github.com/santhosh-tekuri/jsonschema") && !s.test {
				t.Errorf("%s may not import %s: it compiles the meta-schemas of every draft when a process starts", s.file, library)
			}
		}
	}
}

// holds reports whether a file is in one of these rooms or in a room within it. Tests look at a thing from outside,
// so those of knative/local and tests/ may use what they look with.
func (s source) holds(holders []string) bool {
	if s.test && (s.room == "tests" || s.room == "tests/cluster" || strings.HasPrefix(s.room, "knative/local")) {
		return true
	}
	return slices.ContainsFunc(holders, func(holder string) bool { return within(s.room, holder) })
}

func within(name, tree string) bool { return name == tree || strings.HasPrefix(name, tree+"/") }

func TestASharedRoomHasTwoVisitors(t *testing.T) {
	t.Parallel()
	visitors := map[string]map[string]bool{}
	for room := range rooms {
		if strings.HasPrefix(room, "shared/") {
			visitors[room] = map[string]bool{}
		}
	}
	for _, s := range sources(t, parser.ImportsOnly) {
		own, _ := s.imports()
		for _, room := range own {
			if visits := visitors[room]; visits != nil && !s.test && s.room != room {
				visits[s.room] = true
			}
		}
	}
	for _, room := range slices.SortedFunc(maps.Keys(visitors), cmp.Compare) {
		if n := len(visitors[room]); n < 2 {
			t.Errorf("%s has %d visitors, not two: it goes home", room, n)
		}
	}
}
