// Package sqlstate classifies what PostgreSQL answers when it refuses a statement, and how connections to it fail.
package sqlstate

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL's error codes that mean something here (its appendix A).
const (
	UniqueViolation       = "23505"
	CheckViolation        = "23514"
	DuplicateObject       = "42710"
	InsufficientPrivilege = "42501"
	LockNotAvailable      = "55P03"
	StaleToken            = "PA401" // our own: whoever a token speaks for does not stand as it says by now (act_as)

	classData = "22" // a value that the column's type cannot hold, such as a NUL in a text

	noSuchStatement    = "26000"
	duplicateStatement = "42P05"
)

// transient are codes, and classes of codes, of what may pass: asked again, PostgreSQL may answer.
var transient = []string{
	"08",             // the connection failed; poolers say so of themselves
	"25006",          // it only reads: a failover
	"40",             // a deadlock, or a snapshot that is over
	"53",             // too many connections, disk full
	LockNotAvailable, // a lock was not to be had in time

	"57",               // shutting down, starting up, cancelled
	"58",               // trouble with its files
	noSuchStatement,    // see StatementsMixedUp
	duplicateStatement, // see StatementsMixedUp
	"0A000",            // a cached plan gives other columns since an upgrade; the next try plans anew
}

// fatal are those of them after which no connection to this server is worth keeping.
var fatal = []string{"08", "25006", "57P01", "57P02", "57P03", noSuchStatement, duplicateStatement}

func begins(code string, list []string) bool {
	return slices.ContainsFunc(list, func(of string) bool { return strings.HasPrefix(code, of) })
}

// Is reports whether the database refused with this code because of this constraint ("": any).
func Is(err error, code, constraint string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == code && (constraint == "" || refused.ConstraintName == constraint)
}

// NoRows reports that a statement found nothing: there is no such row, or row-level security hides it.
func NoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// InvalidValue reports whether the database cannot keep a value, and the constraint that says so, if one does.
func InvalidValue(err error) (constraint string, invalid bool) {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == CheckViolation || strings.HasPrefix(refused.Code, classData)) {
		return refused.ConstraintName, true
	}
	return "", false
}

// Transient reports whether the same may succeed when it is tried again.
func Transient(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return begins(refused.Code, transient)
	}
	return ConnectionLost(err) || errors.Is(err, context.DeadlineExceeded) || strings.HasSuffix(err.Error(), "closed pool")
}

// ConnectionLost reports whether the server can be worked with no more: it said so, or the connection broke off.
func ConnectionLost(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return begins(refused.Code, fatal)
	}
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		return true
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	return errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.HasSuffix(err.Error(), "conn closed") // pgx has no name for the last
}

// StatementsMixedUp reports that statements were prepared on one connection and are looked for on another, as happens
// behind a pooler that was not recognised.
func StatementsMixedUp(err error) bool {
	return Is(err, noSuchStatement, "") || Is(err, duplicateStatement, "")
}
