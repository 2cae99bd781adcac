// Package api serves the Public API v3 at /v3, and what tests and demonstrations may ask for at /admin.
package api

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/store"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// answer is what a call answers.
type answer struct {
	status int
	body   any    // JSON, or nothing if it is nil
	file   []byte // instead of JSON
	kind   string // media type of the file
}

func ok(body any) (answer, error)      { return answer{status: http.StatusOK, body: body}, nil }
func created(body any) (answer, error) { return answer{status: http.StatusCreated, body: body}, nil }
func noContent() (answer, error)       { return answer{status: http.StatusNoContent}, nil }
func pdfFile(file []byte) (answer, error) {
	return answer{status: http.StatusOK, file: file, kind: "application/pdf"}, nil
}

// call is one operation of the API.
type call func(*http.Request) (answer, error)

// calls is the table of the API: the operations that orchestrate calls, and those that
// change a request after it was sent.
func (s *API) calls() map[string]call {
	const one = "/v3/signature_requests/{id}"
	return map[string]call{
		"POST /v3/signature_requests":                     s.createRequest,
		"GET /v3/signature_requests":                      s.listRequests,
		"GET " + one:                                      s.getRequest,
		"PATCH " + one:                                    s.patchRequest,
		"DELETE " + one:                                   s.deleteRequest,
		"POST " + one + "/activate":                       s.activateRequest,
		"POST " + one + "/cancel":                         s.cancelRequest,
		"POST " + one + "/reactivate":                     s.reactivateRequest,
		"POST " + one + "/documents":                      s.uploadDocument,
		"GET " + one + "/documents":                       s.listDocuments,
		"GET " + one + "/documents/download":              s.downloadDocuments,
		"POST " + one + "/signers":                        s.addSigner,
		"GET " + one + "/signers":                         s.listSigners,
		"GET " + one + "/signers/{signer}":                s.getSigner,
		"POST " + one + "/signers/{signer}/send_reminder": s.sendReminder,
		"GET " + one + "/audit_trails/download":           s.downloadAuditTrails,
	}
}

// API is the Public API v3 at /v3, and what tests and demonstrations may ask for at /admin.
type API struct {
	Key       string // that callers must bear
	PublicURL string // of the signing pages
	Now       func() time.Time
	Log       *slog.Logger

	store  *store.Store
	rules  *model.Lifecycle
	faults *faults.Injector
	meter  *faults.Meter
}

func New(a API, quota faults.Quota, s *store.Store, r *model.Lifecycle, f *faults.Injector) *API {
	a.store, a.rules, a.faults, a.meter = s, r, f, faults.NewMeter(quota, a.Now)
	return &a
}

// Handler serves the calls behind the key, the quota and the faults, in that order.
func (s *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, act := range s.calls() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.inWorkspace(act)) })
	}
	return s.withKey(s.withQuota(s.withFaults(withNotFound(mux, s))))
}

// answer writes what a call answers, whatever its form.
func (s *API) answer(w http.ResponseWriter, r *http.Request, act call) {
	a, err := act(r)
	switch {
	case err != nil:
		s.refuse(w, err)
	case a.file != nil:
		w.Header().Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.file) // the caller may be gone
	case a.body != nil:
		wire.WriteJSON(w, a.status, a.body)
	default:
		w.WriteHeader(a.status)
	}
}

// unauthorized is the answer to a wrong key.
var unauthorized = wire.Problem{Status: http.StatusUnauthorized, Type: "about:blank", Detail: "The API key is missing or not valid."}

// withKey refuses requests without the API key.
func (s *API) withKey(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, bears := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bears || subtle.ConstantTimeCompare([]byte(key), []byte(s.Key)) != 1 {
			s.refuse(w, unauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse writes an error: a problem as it is, anything else as a 500.
func (s *API) refuse(w http.ResponseWriter, err error) {
	var p wire.Problem
	if !errors.As(err, &p) {
		s.Log.Error("fakeyousign: request failed", "error", err.Error())
		p = wire.Problem{Status: http.StatusInternalServerError, Type: "about:blank", Detail: "Internal server error."}
	}
	wire.WriteJSON(w, p.Status, p)
}

// withNotFound answers unknown paths with 404 and unknown methods with 405, as the service does.
func withNotFound(mux *http.ServeMux, s *API) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				wire.Message(w, http.StatusMethodNotAllowed, "The method is not allowed here.")
				return
			}
		}
		s.refuse(w, wire.NotFound("path", r.URL.Path))
	})
}

// heldResponse buffers a response, so that a fault can replace it.
type heldResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *heldResponse) Header() http.Header { return k.header }
func (k *heldResponse) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *heldResponse) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// send writes the buffered response.
func (k *heldResponse) send(w http.ResponseWriter) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.WriteHeader(max(k.status, http.StatusOK))
	_, _ = w.Write(k.body.Bytes()) // the caller may be gone
}
