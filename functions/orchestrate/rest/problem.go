package rest

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// awayFor is how long a client had better wait for what does not answer: a function scaled to zero is back by then.
const awayFor = 2 * time.Second

// writeProblem answers with the problem that err is to the client, and returns its status. What is not known to be the
// client's doing is told as 503 without its cause: the log has it.
func writeProblem(w http.ResponseWriter, err error) int {
	p, wait := problemOf(err)
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer") // RFC 6750 §3
	}
	function.WriteProblem(w, p)
	return p.Status
}

// problemOf finds the problem for an error, and how long to wait before trying again, if that may help.
func problemOf(err error) (function.Problem, time.Duration) {
	var p function.Problem
	var tooLarge *http.MaxBytesError
	var later function.Later
	var busy persistclient.TryLater
	var limited signing.Limited
	var rejected signing.Rejected
	switch {
	case errors.As(err, &p):
		return p, 0
	case errors.As(err, &tooLarge):
		return Problem(http.StatusRequestEntityTooLarge, "The body may have at most "+strconv.FormatInt(tooLarge.Limit>>10, 10)+" KiB."), 0
	case errors.Is(err, function.ErrBody):
		return Problem(http.StatusBadRequest, "The body did not arrive whole."), 0
	case errors.As(err, &later):
		return Problem(http.StatusTooManyRequests, "There were too many attempts. Please wait."), later.After
	case errors.As(err, &busy):
		return Problem(http.StatusTooManyRequests, busy.Why+" Please try again in a while."), busy.After
	case errors.Is(err, auth.ErrNotAccepted):
		return Problem(http.StatusUnauthorized, "The access token is not accepted."), 0
	case errors.Is(err, persistclient.ErrNotFound):
		return Problem(http.StatusNotFound, "There is no such thing, or it is not yours."), 0
	case errors.Is(err, persistclient.ErrDenied):
		return Problem(http.StatusForbidden, "You may not do this."), 0
	case errors.Is(err, persistclient.ErrImpossible):
		return Problem(http.StatusConflict, "This cannot be done with the contract as it stands by now."), 0
	case errors.Is(err, persistclient.ErrConflict):
		return Problem(http.StatusConflict, "It has changed meanwhile. Please look at it and try again."), 0
	case errors.Is(err, persistclient.ErrReused):
		return function.Problem{
			Type: persistclient.ReusedType, Status: http.StatusUnprocessableEntity, Title: "Idempotency key reused",
			Detail: "This Idempotency-Key was used for another request.",
		}, 0
	case errors.Is(err, signing.ErrNotReady):
		return Problem(http.StatusConflict, "The signature service is not ready for this signer yet."), 0
	case errors.As(err, &limited):
		return Problem(http.StatusServiceUnavailable, "The signature service takes no more calls for a moment."), limited.After
	case errors.As(err, &rejected), errors.Is(err, signing.ErrUnknown):
		return Problem(http.StatusBadGateway, "The signature service does not take this."), 0
	}
	return Problem(http.StatusServiceUnavailable, "This cannot be done at the moment. Please try again."), awayFor
}

// Problem words an answer for people. Nothing that the caller sent is repeated in it.
func Problem(status int, detail string) function.Problem {
	return function.Problem{Status: status, Title: http.StatusText(status), Detail: detail}
}

// Invalid is the problem of a request that is well formed and cannot be taken: it names each field.
func Invalid(fields ...function.FieldError) function.Problem {
	p := Problem(http.StatusUnprocessableEntity, "Some fields cannot be taken as they are.")
	p.Fields = fields
	return p
}
