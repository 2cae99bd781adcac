// Package httpapi is what persist is asked over HTTP: which calls there are and who may make them, and for each a handler that
// reads the request, checks its fields, calls a store and writes the answer.
package httpapi

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/contracts"
	"github.com/paraphe/paraphe/functions/persist/store/deadletters"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/functions/persist/store/notifications"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/functions/persist/store/signature"
	"github.com/paraphe/paraphe/functions/persist/store/views"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// Config is what the handlers need to know.
type Config struct {
	Manifest     function.Manifest // the events that may be brought by hand
	PublicURL    string            // issuer and audience of session tokens
	SessionKeys  auth.PublicKeys
	FunctionKeys auth.PublicKeys
	Now          func() time.Time // for tokens
	Clock        *postgres.Clock  // for everything else
	Publisher    function.SigningPublisher
	Log          *slog.Logger
}

// Stores are what the handlers call.
type Stores struct {
	Views         *views.Store
	Contracts     *contracts.Store
	Documents     documents.Store
	Notifications *notifications.Store
	Signature     *signature.Store
	Accounts      *accounts.Store
	DeadLetters   *deadletters.Store
}

// handlers answers the calls.
type handlers struct {
	Stores
	tokens    tokens
	manifest  function.Manifest
	publisher function.SigningPublisher
	clock     *postgres.Clock
	log       *slog.Logger
}

// answer is what a caller gets if nothing went wrong: a value as JSON, a PDF, or nothing (204).
type answer struct {
	status int
	value  any
	pdf    []byte
}

// New returns the handler of all calls.
func New(c Config, stores Stores) http.Handler {
	h := &handlers{Stores: stores, manifest: c.Manifest, publisher: c.Publisher, clock: c.Clock, log: c.Log, tokens: tokens{
		sessions:  auth.Sessions{Issuer: c.PublicURL, Audience: c.PublicURL, Public: c.SessionKeys},
		functions: c.FunctionKeys, now: c.Now,
	}}
	mux := http.NewServeMux()
	for _, route := range Routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, route) })
	}
	mux.HandleFunc("POST /dead-letters", h.keepDeadLetter)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { function.WriteProblem(w, problem.NotFound) })
	return mux
}

// serve answers one call. Who makes it is settled before the body is looked at.
func (h *handlers) serve(w http.ResponseWriter, r *http.Request, route Route) {
	r = r.WithContext(function.WithTrace(r.Context(), r.Header.Get("Traceparent")))
	caller, err := h.tokens.caller(r)
	if err == nil && !route.Allowed.Admits(caller) {
		err = problem.Forbidden
	}
	if err != nil {
		h.refuse(w, r, route.Pattern, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, route.Limit)
	a, err := route.handle(h, r, caller)
	if err != nil {
		h.refuse(w, r, route.Pattern, err)
		return
	}
	function.PointAt(access.Persist, "answered", route.Pattern)
	a.write(w)
}

// refuse answers with a problem. Only what is our own fault is an error in the log: the rest is the caller's to know.
func (h *handlers) refuse(w http.ResponseWriter, r *http.Request, pattern string, err error) {
	p := problemOf(err)
	switch {
	case function.ClientGone(r):
		h.log.Info("the caller left", "question", pattern, "error", err.Error())
	case p.Status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case p.Status >= http.StatusInternalServerError:
		h.log.Error("not answered", "question", pattern, "status", p.Status, "error", err.Error())
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
