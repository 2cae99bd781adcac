package architecture_test

import (
	"cmp"
	"go/parser"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/paraphe/paraphe"

// mayImport says, for each folder with Go files, which packages of the module it may import. What is not listed is refused;
// "shared/*" means every package at that depth. Tests may import more: see source.mayImport.
//
// contract ← events ← lifecycle, function ← functions/* ← paraphe ← knative/*, tests. Functions never import each other.
var mayImport = map[string][]string{
	"shared/contract":      {},
	"shared/events":        {"shared/contract"},
	"shared/function":      {"shared/events"},
	"shared/auth":          {"shared/contract", "shared/events", "shared/function", "shared/strictjson"},
	"shared/lifecycle":     {"shared/contract", "shared/events"},
	"shared/persistclient": {"shared/contract", "shared/events", "shared/function", "shared/auth", "shared/lifecycle"},
	"shared/fields":        {},
	"shared/clientaddr":    {"shared/function"},
	"shared/ids":           {},
	"shared/strictjson":    {},
	"shared/templates":     {"shared/fields", "shared/function"},

	"functions/orchestrate":                 {"shared/*", "functions/orchestrate/*", "functions/orchestrate/signing/*"},
	"functions/orchestrate/api":             {"shared/*", "functions/orchestrate/rest", "functions/orchestrate/input", "functions/orchestrate/signing"},
	"functions/orchestrate/sessions":        {"shared/*", "functions/orchestrate/rest", "functions/orchestrate/input"},
	"functions/orchestrate/rest":            {"shared/*", "functions/orchestrate/signing"}, // words its refusals
	"functions/orchestrate/input":           {"shared/*"},
	"functions/orchestrate/decisions":       {"shared/*", "functions/orchestrate/signing"},
	"functions/orchestrate/signing":         {"shared/contract", "shared/events"},
	"functions/orchestrate/signing/yousign": {"shared/contract", "shared/events", "shared/function", "functions/orchestrate/signing"},
	"functions/persist":                     {"shared/*", "functions/persist/*", "functions/persist/store/*"},
	"functions/persist/httpapi":             {"shared/*", "functions/persist/access", "functions/persist/problem", "functions/persist/history", "functions/persist/store/*"},
	"functions/persist/problem":             {"shared/function", "shared/persistclient"},
	"functions/persist/access":              {"shared/*"},
	"functions/persist/history":             {"shared/contract", "shared/persistclient"},
	"functions/persist/store/sqlstate":      {},
	"functions/persist/store/dsn":           {"shared/function"},
	"functions/persist/store/schema":        {"functions/persist/store/dsn", "functions/persist/store/sqlstate"},
	"functions/persist/store/postgres":      {"shared/function", "functions/persist/access", "functions/persist/store/dsn", "functions/persist/store/schema", "functions/persist/store/sqlstate"},
	"functions/persist/store/idempotency":   {"shared/persistclient", "functions/persist/access", "functions/persist/problem", "functions/persist/store/postgres", "functions/persist/store/sqlstate"},
	"functions/persist/store/documents":     {"shared/*", "functions/persist/access", "functions/persist/store/postgres"},
	"functions/persist/store/views":         {"shared/*", "functions/persist/access", "functions/persist/history", "functions/persist/store/idempotency", "functions/persist/store/postgres"},
	"functions/persist/store/notifications": {"shared/*", "functions/persist/access", "functions/persist/history", "functions/persist/problem", "functions/persist/store/postgres", "functions/persist/store/views"},
	"functions/persist/store/signature":     {"shared/*", "functions/persist/access", "functions/persist/problem", "functions/persist/store/postgres", "functions/persist/store/views"},
	"functions/persist/store/accounts":      {"shared/*", "functions/persist/access", "functions/persist/problem", "functions/persist/store/postgres", "functions/persist/store/sqlstate"},
	"functions/persist/store/contracts": {"shared/*", "functions/persist/access", "functions/persist/history", "functions/persist/problem", "functions/persist/store/documents",
		"functions/persist/store/idempotency", "functions/persist/store/notifications", "functions/persist/store/postgres", "functions/persist/store/sqlstate", "functions/persist/store/views"},
	"functions/persist/store/deadletters": {"shared/*", "functions/persist/access", "functions/persist/problem", "functions/persist/store/contracts", "functions/persist/store/postgres", "functions/persist/store/sqlstate"},
	"functions/persist/store/schedule":    {"shared/*", "functions/persist/access", "functions/persist/store/contracts", "functions/persist/store/postgres", "functions/persist/store/signature"},
	"functions/generate-doc":              {"shared/*", "functions/generate-doc/*"},
	"functions/generate-doc/markup":       {},
	"functions/generate-doc/price":        {},
	"functions/generate-doc/typeset":      {},
	"functions/send-mail":                 {"shared/*", "functions/send-mail/transport"},
	"functions/send-mail/transport":       {"shared/fields", "shared/function"},
	"functions/receive-webhook":           {"shared/*"},
	"functions/frontend":                  {"shared/*"},
	".":                                   {"functions/*", "shared/function"},

	"knative/serve/orchestrate":     {"functions/orchestrate", "shared/function"},
	"knative/serve/persist":         {"functions/persist", "shared/function"},
	"knative/serve/generate-doc":    {"functions/generate-doc", "shared/function"},
	"knative/serve/send-mail":       {"functions/send-mail", "shared/function"},
	"knative/serve/receive-webhook": {"functions/receive-webhook", "shared/function"},
	"knative/serve/frontend":        {"functions/frontend", "shared/function"},

	"knative/gitignore":   {},
	"knative/keys":        {".", "shared/auth", "shared/fields", "shared/function", "knative/gitignore"}, // the manifests say which secrets there are
	"knative/audit":       {"knative/audit/check", "shared/auth", "shared/function"},
	"knative/audit/check": {"functions/persist/history", "functions/orchestrate/signing", "functions/orchestrate/signing/*", "shared/*"}, // looks from outside at what both keep

	"knative/local":                        {"shared/function", "knative/local/*", "functions/persist/store/schema", "knative/gitignore"}, // persist's migrations: which a backup may have
	"knative/local/devstack":               {".", "shared/*", "knative/local/*", "knative/gitignore"},
	"knative/local/atomicfile":             {},
	"knative/local/childprocess":           {},
	"knative/local/activator":              {"knative/local/childprocess", "shared/*"},
	"knative/local/broker":                 {"shared/*"},
	"knative/local/clock":                  {"shared/*"},
	"knative/local/dump":                   {"knative/local/postgres"},
	"knative/local/postgres":               {"knative/local/childprocess"},
	"knative/local/mailbox":                {"knative/local/atomicfile"}, // the stand-ins share nothing with those who speak to them:
	"knative/local/scenario":               {},
	"knative/local/phone":                  {"knative/local/atomicfile"}, // what both got wrong alike would never be found
	"knative/local/fakeyousign":            {"knative/local/fakeyousign/*"},
	"knative/local/fakeyousign/api":        {"knative/local/fakeyousign/*"},
	"knative/local/fakeyousign/audittrail": {"knative/local/fakeyousign/model"},
	"knative/local/fakeyousign/faults":     {},
	"knative/local/fakeyousign/model":      {"knative/local/fakeyousign/wire"},
	"knative/local/fakeyousign/pades":      {"knative/local/atomicfile", "knative/local/fakeyousign/pdf"},
	"knative/local/fakeyousign/pages":      {"knative/local/fakeyousign/model", "knative/local/fakeyousign/pades", "knative/local/fakeyousign/store"},
	"knative/local/fakeyousign/pdf":        {},
	"knative/local/fakeyousign/store":      {"knative/local/atomicfile", "knative/local/fakeyousign/faults", "knative/local/fakeyousign/model", "knative/local/fakeyousign/wire"},
	"knative/local/fakeyousign/webhooks":   {"knative/local/fakeyousign/faults", "knative/local/fakeyousign/model", "knative/local/fakeyousign/store", "knative/local/fakeyousign/wire"},
	"knative/local/fakeyousign/wire":       {},

	"internal/testkit":                        {"shared/*"}, // helpers of tests
	"internal/testkit/conformance":            {"shared/*"},
	"internal/testkit/browser":                {"internal/testkit/requires", "internal/testkit/timeouts"},
	"internal/testkit/timeouts":               {},
	"internal/testkit/browser/withoutnetlink": {},
	"internal/testkit/requires":               {},
	"internal/testkit/eventstest":             {"shared/*"},
	"internal/testkit/fakepersist":            {"shared/*"},
	"internal/testkit/fakesigning":            {"shared/*", "functions/orchestrate/signing"},
	"internal/testkit/mailboxtest":            {"knative/local/mailbox"},
	"internal/testkit/pgtest":                 {"functions/persist/store/dsn", "internal/testkit/timeouts", "knative/local/postgres"},
	"internal/testkit/persistsamples":         {"shared/*", "functions/persist/history", "functions/persist/store/documents"},
	"internal/testkit/jwttest":                {},
	"internal/testkit/orchestratetest":        {"shared/*", "functions/orchestrate", "functions/orchestrate/*", "internal/testkit", "internal/testkit/*"},

	"tests":              {".", "knative/audit/check", "functions/persist/store/schema"}, // which migrations a backup may have
	"tests/architecture": {"."},
	"tests/cluster":      {},
	"tests/compose":      {},
	"tests/conformance":  {"functions/persist"},
	"tests/manifests":    {}, // a module of its own
}

// restricted are the libraries that only some packages may import, and why.
var restricted = []struct {
	library string
	holders []string
	why     string
}{
	{"database/sql", nil, "persist owns the data, and speaks pgx"},
	{"github.com/jackc/pgx", []string{"functions/persist/store", "knative/local/postgres", "knative/local/dump", "knative/audit/check", "internal/testkit/pgtest"},
		"persist's stores own the data (backups look whether they see all of it; the audit only reads it, from outside and with a role of its own: what persist got wrong it must not ask persist)"},
	{"net/smtp", nil, "send-mail is the only way mail leaves, and it has a library for that"},
	{"github.com/sendgrid", []string{"functions/send-mail/transport"}, "send-mail is the only way mail leaves"},
	{"github.com/wneessen/go-mail", []string{"functions/send-mail/transport"}, "send-mail is the only way mail leaves"},
	{"codeberg.org/go-pdf/fpdf", []string{"functions/generate-doc", "knative/local/fakeyousign"}, "generate-doc draws"},
	{"github.com/ledongthuc/pdf", []string{"knative/local/fakeyousign/pdf"}, "no function reads a PDF file"},
	{"github.com/kelseyhightower/envconfig", []string{"shared/function"}, "settings are read in one place"},
	{"github.com/golang-jwt/jwt", []string{"shared/auth"}, "a token is checked in one place"},
	{"github.com/MicahParks", []string{"shared/auth"}, "a token is checked in one place"},
	{"github.com/cloudevents/sdk-go", []string{"shared/events", "functions/persist/store/contracts", "knative/local/broker", "knative/local/clock"},
		"the wire form is shared/events' (persist keeps its answers in that form)"},
	{"go.etcd.io/bbolt", []string{"knative/local/broker"}, "no function keeps a file"},
	{"github.com/fergusstrange", []string{"knative/local/postgres"}, "no function starts a database"},
	{"github.com/robfig/cron", []string{"knative/local/clock"}, "no function runs a clock"},
	{"knative.dev", []string{"tests/manifests"}, "its packages are 60 MB and a minute of build"},
	{"k8s.io", []string{"tests/manifests"}, "no function asks the cluster that it runs in"},
	{"helm.sh/helm", []string{"tests/manifests"}, "no function installs anything"},
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.ImportsOnly) {
		if _, known := mayImport[s.pkg]; !known {
			t.Errorf("%s: %s is a new package: add to mayImport what it may import", s.file, s.pkg)
			continue
		}
		own, _ := s.imports()
		for _, pkg := range own {
			if !s.mayImport(pkg) {
				t.Errorf("%s may not import %s: functions never import each other, and nothing imports what is above it", s.file, pkg)
			}
		}
	}
}

// mayImport reports whether a file may import a package. A test may also import all packages of its own function, everything
// shared, the stand-ins of knative/local and the helpers of internal/testkit.
func (s source) mayImport(pkg string) bool {
	if own := functionOf(s.pkg); s.test && own != "" && within(pkg, own) {
		return true
	}
	allowed := mayImport[s.pkg]
	if s.test {
		allowed = slices.Concat(allowed, []string{s.pkg, "shared/*", "knative/local", "knative/local/*", "knative/local/fakeyousign/faults", "internal/testkit", "internal/testkit/*"})
	}
	return slices.ContainsFunc(allowed, func(pattern string) bool {
		fits, _ := path.Match(pattern, pkg)
		return fits
	})
}

// functionOf is the folder of the function that a package is part of, or "".
func functionOf(pkg string) string {
	if parts := strings.SplitN(pkg, "/", 3); len(parts) > 1 && parts[0] == "functions" {
		return parts[0] + "/" + parts[1]
	}
	return ""
}

// forTests reports whether a package is part of no image of production: fakes, helpers of tests, tests.
func forTests(pkg string) bool {
	return within(pkg, "knative/local") || within(pkg, "internal/testkit") || within(pkg, "tests")
}

func TestProductionImportsNoFakesAndNoTestHelpers(t *testing.T) {
	t.Parallel()
	for pkg, allowed := range mayImport {
		if forTests(pkg) {
			continue
		}
		for _, pattern := range allowed {
			if forTests(pattern) {
				t.Errorf("the table lets %s import %s: it would be in the image", pkg, pattern)
			}
		}
	}
}

func TestRestrictedLibrariesStayInTheirPackages(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, parser.ImportsOnly) {
		_, libraries := s.imports()
		for _, library := range libraries {
			for _, rule := range restricted {
				if within(library, rule.library) && !s.isIn(rule.holders) {
					t.Errorf("%s may not import %s: %s", s.file, library, rule.why)
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

// isIn reports whether a file is in one of these packages or below one. Tests look at a thing from outside,
// so those of knative/local, of persist and of tests/ may use what they look with.
func (s source) isIn(packages []string) bool {
	if s.test && (s.pkg == "tests" || s.pkg == "tests/cluster" || within(s.pkg, "knative/local") || within(s.pkg, "functions/persist")) {
		return true
	}
	return slices.ContainsFunc(packages, func(pkg string) bool { return within(s.pkg, pkg) })
}

func within(name, tree string) bool { return name == tree || strings.HasPrefix(name, tree+"/") }

func TestSharedPackagesHaveTwoUsers(t *testing.T) {
	t.Parallel()
	importers := map[string]map[string]bool{}
	for pkg := range mayImport {
		if strings.HasPrefix(pkg, "shared/") {
			importers[pkg] = map[string]bool{}
		}
	}
	for _, s := range sources(t, parser.ImportsOnly) {
		own, _ := s.imports()
		for _, pkg := range own {
			if users := importers[pkg]; users != nil && !s.test && s.pkg != pkg {
				users[s.pkg] = true
			}
		}
	}
	for _, pkg := range slices.SortedFunc(maps.Keys(importers), cmp.Compare) {
		if n := len(importers[pkg]); n < 2 {
			t.Errorf("%s has %d users, not two: move it into the package that uses it", pkg, n)
		}
	}
}
