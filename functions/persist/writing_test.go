package persist

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/auth"
)

// writers is the table in docs/security.md: who makes, changes and removes rows of each table. What does not stand there
// is refused.
func writers(t *testing.T) map[string]map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Who writes what\n")
	section, _, _ = strings.Cut(section, "\n## ")
	all := map[string]map[string][]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		name, of, _ := strings.Cut(strings.TrimPrefix(cells[0], "| `"), "`")
		if len(cells) != 4 || of != "" || !strings.HasPrefix(line, "| `") {
			continue
		}
		all[name] = map[string][]string{}
		for i, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
			all[name][verb] = strings.Split(strings.TrimSuffix(cells[i+1], " |"), ", ")
		}
	}
	return all
}

// actor is somebody who writes, with the name that the table has for them.
type actor struct {
	name   string
	as     access.Caller
	places []place
}

// place is what a visitor writes beside: the rows of an account, of a contract of it, and of one that is being made.
type place struct{ relation, account, contract, making string }

// of is the place of an account of these tests. A customer has no contract.
func of(account, relation string) place {
	p := place{relation: relation, account: account}
	if account != "customer" {
		p.contract, p.making = strings.Repeat(account[:1], 26), strings.Repeat(account[:1], 25)+"2"
	}
	return p
}

var namesOfFunctions = []string{access.Persist, access.Orchestrate, access.GenerateDoc, access.SendMail, "receive-webhook"}

// actors are everybody. The manager signs the administrator's contract, the customer the manager's.
func actors() []actor {
	person := func(role auth.Role, subject string, places ...place) actor {
		return actor{subject, access.Caller{Person: auth.Person{Role: role, Subject: subject}}, places}
	}
	theirs := of("other", "foreign")
	all := []actor{
		person(auth.Manager, "manager", of("manager", "own"), of("administrator", "seen"), theirs),
		person(auth.Administrator, "administrator", of("administrator", "own"), of("manager", "seen"), theirs),
		person(auth.Customer, "customer", of("customer", "own"), of("manager", "seen"), theirs),
		person("", "", theirs),
		person("owner", "manager", of("manager", "own")), // no role that there is
		{"signer", access.Caller{Person: auth.Person{Role: auth.SignerByLink, Subject: "s1", Contract: of("manager", "").contract}},
			[]place{of("manager", "seen"), theirs}},
		{"the tables' owner", access.Caller{Person: auth.Person{Role: "function"}}, []place{theirs}}, // by hand
	}
	for _, name := range namesOfFunctions {
		all = append(all, actor{name, access.Caller{Function: name}, []place{theirs}})
	}
	return all
}

// may is what the table says.
func (v actor) may(listed []string, relation string) bool {
	switch v.as.Role {
	case auth.Manager, auth.Administrator:
		return relation == "own" && slices.Contains(listed, "owner") || slices.Contains(listed, string(v.as.Role))
	}
	return slices.ContainsFunc(listed, func(name string) bool {
		return name == v.as.Function || v.as.Role == "function" && slices.Contains(namesOfFunctions, name)
	})
}

// TestWhoWritesWhat: rows are written by those who are listed, and by nobody else.
func TestWhoWritesWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, part := range map[string]func(*site){
		"everybody, beside what is their own, seen and foreign": (*site).everybodyWrites,
		"the tries themselves":                    (*site).everyTryIsRight,
		"every table is under row-level security": (*site).everyTableIsUnderRowLevelSecurity,
		"no more than is listed":                  (*site).notEveryRowIsTaken,
		"what is read of it":                      (*site).readBack,
	} {
		t.Run(name, func(t *testing.T) {
			of := *s
			of.t = t
			part(&of)
		})
	}
}

// everybodyWrites tries to make, change and remove a row of every table that there is, as everybody.
func (s *site) everybodyWrites() {
	listed := writers(s.t)
	for _, table := range s.tables {
		if _, there := rowsOf[table]; !there || listed[table] == nil {
			s.t.Errorf("nobody has decided who writes %s: docs/security.md and rowsOf say it", table)
		}
	}
	if len(listed) != len(s.tables) || len(rowsOf) != len(s.tables) {
		s.t.Errorf("%d tables are listed and %d tried, there are %d", len(listed), len(rowsOf), len(s.tables))
	}
	for _, v := range actors() {
		for _, at := range v.places {
			for _, table := range s.tables {
				for verb, by := range listed[table] {
					statement := s.statement(table, verb, v.as, at)
					if statement == "" {
						continue
					}
					if may := v.may(by, at.relation); s.writes(v.as, statement) != may {
						s.t.Errorf("%s of %s, %s's (%s), by %s in the role %q: to be allowed is %t", verb, table, at.account, at.relation, v.name, v.as.Role, may)
					}
				}
			}
		}
	}
}

// everyTryIsRight: whoever no policy binds gets a row for each of them, so whoever is refused is refused for who they are.
func (s *site) everyTryIsRight() {
	s.serving = s.owner
	for _, table := range s.tables {
		for _, account := range []string{"manager", "administrator", "other"} {
			for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
				if statement := s.statement(table, verb, actors()[0].as, of(account, "")); !s.writes(access.Caller{}, statement) {
					s.t.Errorf("%s did nothing", statement)
				}
			}
		}
	}
}

// everyTableIsUnderRowLevelSecurity, which binds its owner too, but for one that the serving role can only read. A policy is
// for one verb, so that whoever may read does not write by it.
func (s *site) everyTableIsUnderRowLevelSecurity() {
	var open, loose string
	if err := s.owner.QueryRow(s.t.Context(), `SELECT coalesce(string_agg(c.relname, ' '), '') FROM pg_class c
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
			AND (c.relname <> 'migrations' OR has_any_column_privilege($1, c.oid, 'INSERT, UPDATE') OR has_table_privilege($1, c.oid, 'DELETE, TRUNCATE'))`,
		s.serving.Config().User).Scan(&open); err != nil || open != "" {
		s.t.Errorf("not under it are: %s, %v", open, err)
	}
	if err := s.owner.QueryRow(s.t.Context(), `SELECT coalesce(string_agg(tablename || '.' || policyname, ' '), '') FROM pg_policies
		WHERE schemaname = current_schema() AND cmd = 'ALL'`).Scan(&loose); err != nil || loose != "" {
		s.t.Errorf("for every verb are: %s, %v", loose, err)
	}
}

// writes reports whether a statement of a caller's wrote its row. One that is refused wrote none. Nothing of it is left
// behind.
func (s *site) writes(as access.Caller, statement string) bool {
	s.t.Helper()
	tag, err := s.as(as, statement)
	switch {
	case sqlstate.Is(err, sqlstate.InsufficientPrivilege, ""):
		return false
	case sqlstate.Is(err, "23503", ""): // other rows hang on it: that is seen once it is gone
		return true
	case err != nil || tag.RowsAffected() > 1:
		s.t.Errorf("%s: %v, %v", statement, tag, err)
	}
	return tag.RowsAffected() == 1
}

// as runs a statement for a caller, in one round trip and transaction with what undoes it.
func (s *site) as(as access.Caller, statement string) (tag pgconn.CommandTag, err error) {
	role := string(as.Role)
	if as.Function != "" {
		role = "function"
	}
	b := &pgx.Batch{}
	b.Queue(setSubject, role, as.Subject+as.Function, as.Contract)
	b.Queue(statement)
	b.Queue(`SELECT 1/0`)
	answers := s.serving.SendBatch(s.t.Context(), b)
	if _, err := answers.Exec(); err != nil {
		s.t.Fatal(err)
	}
	tag, err = answers.Exec()
	if undone := answers.Close(); err == nil && !sqlstate.Is(undone, "22012", "") {
		s.t.Fatalf("it was not undone: %v", undone)
	}
	return tag, err
}
