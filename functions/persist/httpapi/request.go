package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
	"github.com/paraphe/paraphe/shared/strictjson"
)

// decode reads the one JSON value that a request brings. A field that is not asked for is a mistake of the caller that must
// not pass in silence.
func decode[T any](r *http.Request) (v T, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return v, err
	}
	err = strictjson.Decode(body, &v)
	var wrong *strictjson.Error
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return v, problem.Invalid("A field cannot be read.", function.FieldError{Field: wrong.Field, Reason: wrong.Reason})
	case err != nil:
		return v, function.Problem{Status: http.StatusBadRequest, Detail: "The body cannot be read: " + err.Error() + "."}
	}
	return v, nil
}

// contractID is the contract that a call is about. What has not the form of an id is nobody's.
func contractID(r *http.Request) contract.ID { return contract.ID(r.PathValue("id")) }

// attemptNumber is the attempt that a call is about.
func attemptNumber(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 {
		return 0, problem.NotFound
	}
	return n, nil
}

// idempotencyOf reads the key under which a request may be repeated.
func idempotencyOf(r *http.Request) (persistclient.Idempotency, error) {
	once := persistclient.Idempotency{Key: r.Header.Get("Idempotency-Key"), Digest: r.Header.Get("Idempotency-Digest")}
	if once.Key == "" {
		return persistclient.Idempotency{}, nil
	}
	var f fieldErrors
	f.length("Idempotency-Key", once.Key, 1, 255)
	f.length("Idempotency-Digest", once.Digest, 1, 128)
	return once, f.err()
}
