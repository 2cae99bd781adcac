package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// decode reads the one JSON value that a request brings. A field that is not asked for is a mistake of the caller
// that must not pass in silence.
func decode[T any](r *http.Request) (T, error) {
	var v T
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return v, err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		return v, malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return v, function.Problem{Status: http.StatusBadRequest, Detail: "The body holds more than one JSON value."}
	}
	return v, nil
}

func malformed(err error) error {
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown { // encoding/json has no type for it
		return problem.Invalid("A field is not known.", function.FieldError{Field: strings.Trim(name, `"`), Reason: "is not known"})
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return problem.Invalid("A field has the wrong type.", function.FieldError{Field: wrong.Field, Reason: "must be a " + wrong.Type.String()})
	}
	return function.Problem{Status: http.StatusBadRequest, Detail: "The body is not JSON of the form that is asked for."}
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
