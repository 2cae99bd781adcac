package schema

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
)

// roleNames are the roles besides the owner; empty for one that there is not to be.
type roleNames struct{ serving, reading, backup string }

// roles returns the names of the roles, and makes those that are missing.
func roles(ctx context.Context, tx pgx.Tx, at dsn.Addresses) (names roleNames, err error) {
	for _, r := range []struct {
		setting string
		address dsn.URL
		name    *string
	}{
		{"DATABASE_URL", at.Serving, &names.serving}, {"READING_DATABASE_URL", at.Reading, &names.reading}, {"BACKUP_DATABASE_URL", at.Backup, &names.backup},
	} {
		if r.address == "" {
			continue
		}
		if *r.name, err = roleOf(ctx, tx, r.setting, r.address); err != nil {
			return names, err
		}
		if r.name != &names.serving && *r.name == names.serving {
			return names, fmt.Errorf("%s and DATABASE_URL must be different roles: the one that reads everything may not write", r.setting)
		}
	}
	if names.reading != "" && names.reading == names.backup {
		return names, errors.New("READING_DATABASE_URL and BACKUP_DATABASE_URL must be different roles: reports are not to see what opens something")
	}
	return names, nil
}

// roleOf returns the name of the role in an address, and makes the role with its password if there is none.
func roleOf(ctx context.Context, tx pgx.Tx, setting string, address dsn.URL) (string, error) {
	config, err := address.Pool()
	if err != nil {
		return "", fmt.Errorf("%s is malformed", setting)
	}
	role, password := config.ConnConfig.User, config.ConnConfig.Password
	if role == tx.Conn().Config().User {
		return "", fmt.Errorf("%s and MIGRATION_DATABASE_URL must be different roles: only the latter may own the tables", setting)
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role).Scan(&there); err != nil {
		return "", fmt.Errorf("look for the role %q: %w", role, err)
	}
	if there {
		return role, nil
	}
	return role, makeRole(ctx, tx, role, password)
}

// makeRole makes a role that can log in and do nothing else. Roles belong to the whole server, so an instance that
// migrates another database of it may have been faster.
func makeRole(ctx context.Context, tx pgx.Tx, role, password string) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return fmt.Errorf("make the role %q: %w", role, err)
	}
	statement := fmt.Sprintf("CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '%s'",
		pgx.Identifier{role}.Sanitize(), verifier)
	err = pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error { // what is refused inside ends nothing outside
		_, err := inner.Exec(ctx, statement)
		return err
	})
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case sqlstate.DuplicateObject, sqlstate.UniqueViolation:
		return nil
	case sqlstate.InsufficientPrivilege:
		return fmt.Errorf("there is no role %q, and the role of MIGRATION_DATABASE_URL may not make it: "+
			"make it, or give that role CREATEROLE", role)
	}
	return fmt.Errorf("make the role %q: %w", role, err)
}

// scramIterations is PostgreSQL's own count (scram_iterations).
const scramIterations = 4096

// scramVerifier is what PostgreSQL keeps of a password (RFC 5803). It is sent in place of the password, which would
// otherwise stand in the server's log of statements. It holds base64, ":" and "$" only, so quoting it is safe.
func scramVerifier(password string) (string, error) {
	for _, r := range password {
		if r < ' ' || r > '~' {
			return "", errors.New("its password has characters other than printable ASCII")
		}
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	salted, err := pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(keyed(salted, "Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramIterations, b64(salt), b64(stored[:]), b64(keyed(salted, "Server Key"))), nil
}

func keyed(key []byte, message string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}
