// Package problem holds the answers to requests that are refused, as RFC 9457 describes them. Stores return them, so that
// what a caller is told does not depend on which way the request came in.
package problem

import (
	"errors"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// What callers are told. An unknown contract and one that is somebody else's are the same to them, to the byte.
var (
	NotFound          = function.Problem{Status: http.StatusNotFound, Title: "Not found", Detail: "There is no such thing, or it is not yours."}
	Unauthorized      = function.Problem{Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "The token is missing or not accepted."}
	PersonNotAccepted = function.Problem{Type: persistclient.PersonType, Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "The person's token is not accepted."}
	Forbidden         = function.Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "This is not for this caller."}
	SessionOver       = function.Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "The session is over."}
	KeyReused         = function.Problem{Type: persistclient.ReusedType, Status: http.StatusUnprocessableEntity, Title: "Idempotency key reused",
		Detail: "This key was used for another request."}
)

// Conflict says that the request does not fit what is on record by now.
func Conflict(detail string) function.Problem {
	return function.Problem{Status: http.StatusConflict, Title: "Conflict", Detail: detail}
}

// Impossible says that the contract's state does not allow what a person asked for.
func Impossible(why string) function.Problem {
	return function.Problem{Type: persistclient.ImpossibleType, Status: http.StatusConflict, Title: "Conflict", Detail: why}
}

// TooManyRequests says that a bound of what is kept was reached.
func TooManyRequests(detail string) function.Problem {
	return function.Problem{Status: http.StatusInsufficientStorage, Detail: detail}
}

// Invalid says which fields of a request are wrong, and why.
func Invalid(detail string, fields ...function.FieldError) function.Problem {
	return function.Problem{Status: http.StatusUnprocessableEntity, Title: "Unprocessable content", Detail: detail, Fields: fields}
}

// RetryAfter says in how many seconds the request may succeed, at least one.
func RetryAfter(detail string, seconds float64) error {
	return function.Later{After: max(time.Second, time.Duration(seconds*float64(time.Second))), Cause: errors.New(detail)}
}
