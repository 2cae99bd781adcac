package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// writeSQL writes what a superuser gives psql once: the role that owns the tables, and its database. persist makes the
// other roles itself. Run again, it sets the role's password to that of the secrets and leaves the database as it is.
func (s *secrets) writeSQL(w io.Writer) error {
	u, err := url.Parse(s.values["persist"]["MIGRATION_DATABASE_URL"])
	if err != nil || u.User == nil {
		return errors.New("migration-database-url of paraphe-persist must be an address with user and password, for example postgres://paraphe_owner:…@host:5432/paraphe")
	}
	password, _ := u.User.Password()
	role, database := u.User.Username(), strings.TrimPrefix(u.Path, "/")
	_, err = fmt.Fprintf(w, `SELECT 'CREATE ROLE %[1]s' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %[2]s) \gexec
ALTER ROLE %[3]s LOGIN CREATEROLE PASSWORD %[4]s;
SELECT 'CREATE DATABASE %[5]s OWNER %[1]s' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = %[6]s) \gexec
`, inText(identifier(role)), sqlLiteral(role), identifier(role), sqlLiteral(password), inText(identifier(database)), sqlLiteral(database))
	return err
}

// sqlLiteral and identifier quote for PostgreSQL (with standard_conforming_strings on, as it is unless somebody changed it);
// inText is for what stands inside a literal already.
func sqlLiteral(text string) string { return "'" + inText(text) + "'" }
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func inText(text string) string     { return strings.ReplaceAll(text, "'", "''") }
