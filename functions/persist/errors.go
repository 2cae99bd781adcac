package persist

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// PostgreSQL's error codes that mean something here (its appendix A), and classes of them.
const (
	uniqueViolation       = "23505"
	checkViolation        = "23514"
	duplicateObject       = "42710"
	insufficientPrivilege = "42501"
	lockNotAvailable      = "55P03"
	over                  = "PA401" // our own: whoever a token speaks for does not stand as it says by now (act_as)

	classData = "22" // a value that the column's type cannot hold, such as a NUL in a text
)

// errRaced says that the contract was written by another between reading and writing: read again.
var errRaced = errors.New("another was faster")

// What callers are told. An unknown contract and one that is somebody else's are the same to them, to the byte.
var (
	notFound     = function.Problem{Status: http.StatusNotFound, Title: "Not found", Detail: "There is no such thing, or it is not yours."}
	unauthorized = function.Problem{Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "The token is missing or not accepted."}
	nobody       = function.Problem{Type: persistclient.PersonType, Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "The person's token is not accepted."}
	forbidden    = function.Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "This is not for this caller."}
	reused       = function.Problem{Type: persistclient.ReusedType, Status: http.StatusUnprocessableEntity, Title: "Idempotency key reused",
		Detail: "This key was used for another request."}
)

func conflict(detail string) error {
	return function.Problem{Status: http.StatusConflict, Title: "Conflict", Detail: detail}
}

// later is told with for how many seconds to wait.
func later(detail string, seconds float64) error {
	return function.Later{After: max(time.Second, time.Duration(seconds*float64(time.Second))), Cause: errors.New(detail)}
}

func unprocessable(detail string, fields ...function.FieldError) error {
	return function.Problem{Status: http.StatusUnprocessableEntity, Title: "Unprocessable content", Detail: detail, Fields: fields}
}

// isCode reports whether the database refused with this code because of this constraint ("": any).
func isCode(err error, code, constraint string) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == code && (constraint == "" || said.ConstraintName == constraint)
}

// problemOf says what a caller is told about err. The database's own words stay in the log: they may quote a value.
func problemOf(err error) function.Problem {
	var p function.Problem
	var unavailable function.Unavailable
	var tooLarge *http.MaxBytesError
	var said *pgconn.PgError
	var wait function.Later
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &wait):
		return function.Problem{Status: http.StatusTooManyRequests, Title: "Busy", Detail: wait.Cause.Error()}
	case isCode(err, over, ""):
		return nobody
	case errors.As(err, &unavailable):
		return function.Problem{Status: http.StatusServiceUnavailable, Detail: "The database cannot be reached. Try again later."}
	case errors.As(err, &tooLarge):
		return function.Problem{Status: http.StatusRequestEntityTooLarge, Detail: "The body is too large."}
	case errors.Is(err, function.ErrBody):
		return function.Problem{Status: http.StatusBadRequest, Detail: "The body did not arrive whole."}
	case errors.Is(err, pgx.ErrNoRows):
		return notFound
	case errors.Is(err, errRaced):
		return conflict("The contract was changed at the same time.").(function.Problem)
	case errors.Is(err, events.ErrNotAuthor):
		return function.Problem{Status: http.StatusForbidden, Title: forbidden.Title, Detail: err.Error()}
	case function.Refused(err):
		return unprocessable(err.Error()).(function.Problem)
	case errors.As(err, &said) && (said.Code == checkViolation || strings.HasPrefix(said.Code, classData)):
		return unprocessable("A value is not possible: " + said.ConstraintName).(function.Problem)
	}
	return function.Problem{Status: http.StatusInternalServerError}
}
