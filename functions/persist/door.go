package persist

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// door answers the questions.
type door struct {
	tokens    tokens
	publisher function.SigningPublisher // knows whom to believe
	ledger    *ledger
	reuse     time.Duration // for how long a used refresh token leads to its successor
	links     time.Duration // how long after its completion the links of a contract still open it
	log       *slog.Logger
}

// answer is what a caller gets if nothing went wrong: a value as JSON, a PDF, or nothing (204).
type answer struct {
	status int
	value  any
	pdf    []byte
}

func newDoor(b function.Boot, s Settings, l *ledger, publisher function.SigningPublisher) http.Handler {
	address := s.PublicURL.String()
	d := &door{ledger: l, reuse: time.Duration(s.RefreshReuseInterval), links: time.Duration(s.LinkLifetime), publisher: publisher, log: b.Log, tokens: tokens{
		sessions:  auth.Sessions{Issuer: address, Audience: address, Public: s.SessionKeys},
		functions: s.FunctionKeys, now: b.Now,
	}}
	mux := http.NewServeMux()
	for _, q := range questions {
		mux.HandleFunc(q.pattern, func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, q) })
	}
	mux.HandleFunc("POST /dead-letters", d.bury)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { function.WriteProblem(w, notFound) })
	return mux
}

// serve answers one question. Who asks is settled before the body is looked at.
func (d *door) serve(w http.ResponseWriter, r *http.Request, q question) {
	r = r.WithContext(function.WithTrace(r.Context(), r.Header.Get("Traceparent")))
	asks, err := d.tokens.caller(r)
	if err == nil && !q.who.admits(asks) {
		err = forbidden
	}
	if err != nil {
		d.refuse(w, r, q.pattern, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, q.limit)
	a, err := q.answer(d, r, asks)
	if err != nil {
		d.refuse(w, r, q.pattern, err)
		return
	}
	function.PointAt(Manifest.Name, "answered", q.pattern)
	a.write(w)
}

// refuse answers with a problem. Only what is our own fault is an error in the log: the rest is the caller's to know.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, pattern string, err error) {
	p := problemOf(err)
	switch {
	case function.ClientGone(r):
		d.log.Info("the caller left", "question", pattern, "error", err.Error())
	case p.Status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case p.Status >= http.StatusInternalServerError:
		d.log.Error("not answered", "question", pattern, "status", p.Status, "error", err.Error())
	}
	var later function.Later
	switch {
	case errors.As(err, &later):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(later.After.Seconds()))))
	case p.Status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	function.WriteProblem(w, p)
}

func (a answer) write(w http.ResponseWriter) {
	switch {
	case a.pdf != nil:
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", strconv.Itoa(len(a.pdf)))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(a.pdf) // the caller may be gone; there is nobody else to tell
	case a.value == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		function.WriteJSON(w, a.status, a.value)
	}
}

func ok(v any) answer      { return answer{status: http.StatusOK, value: v} }
func created(v any) answer { return answer{status: http.StatusCreated, value: v} }

// read decodes the one JSON value that a request brings. A field that is not asked for is a mistake of the caller
// that must not pass in silence.
func read[T any](r *http.Request) (T, error) {
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
		return unprocessable("A field is not known.", function.FieldError{Field: strings.Trim(name, `"`), Reason: "is not known"})
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return unprocessable("A field has the wrong type.", function.FieldError{Field: wrong.Field, Reason: "must be a " + wrong.Type.String()})
	}
	return function.Problem{Status: http.StatusBadRequest, Detail: "The body is not JSON of the form that is asked for."}
}
