package httpapi

import (
	"errors"
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// problemOf says what a caller is told about err. The database's own words stay in the log: they may quote a value.
func problemOf(err error) function.Problem {
	var p function.Problem
	var unavailable function.Unavailable
	var tooLarge *http.MaxBytesError
	var wait function.Later
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &wait):
		return function.Problem{Status: http.StatusTooManyRequests, Title: "Busy", Detail: wait.Cause.Error()}
	case sqlstate.Is(err, sqlstate.StaleToken, ""):
		return problem.PersonNotAccepted
	case errors.As(err, &unavailable):
		return function.Problem{Status: http.StatusServiceUnavailable, Detail: "The database cannot be reached. Try again later."}
	case errors.As(err, &tooLarge):
		return function.Problem{Status: http.StatusRequestEntityTooLarge, Detail: "The body is too large."}
	case errors.Is(err, function.ErrBody):
		return function.Problem{Status: http.StatusBadRequest, Detail: "The body did not arrive whole."}
	case sqlstate.NoRows(err):
		return problem.NotFound
	case errors.Is(err, contracts.ErrVersionConflict):
		return problem.Conflict("The contract was changed at the same time.")
	case errors.Is(err, events.ErrNotAuthor):
		return function.Problem{Status: http.StatusForbidden, Title: problem.Forbidden.Title, Detail: err.Error()}
	case function.Refused(err):
		return problem.Invalid(err.Error())
	}
	if constraint, invalid := sqlstate.InvalidValue(err); invalid {
		return problem.Invalid("A value is not possible: " + constraint)
	}
	return function.Problem{Status: http.StatusInternalServerError}
}
