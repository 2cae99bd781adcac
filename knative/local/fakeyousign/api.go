package fakeyousign

import (
	"bytes"
	"crypto/subtle"
	"net/http"
	"strings"
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
func (s *Service) calls() map[string]call {
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
		"GET " + one + "/audit_trails/download":           s.proofOfRequest,
	}
}

// api serves the calls behind the key, the quota and the faults, in that order.
func (s *Service) api() http.Handler {
	mux := http.NewServeMux()
	for pattern, act := range s.calls() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, s.inWorkspace(act)) })
	}
	return s.authorised(s.metered(s.faulty(known(mux, s))))
}

// answer writes what a call answers, whatever its form.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, act call) {
	a, err := act(r)
	switch {
	case err != nil:
		s.refuse(w, err)
	case a.file != nil:
		w.Header().Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.file) // the caller may be gone; there is nobody else to tell
	case a.body != nil:
		writeJSON(w, a.status, a.body)
	default:
		w.WriteHeader(a.status)
	}
}

// unauthorized is the answer to a key that is not this service's.
var unauthorized = problem{status: http.StatusUnauthorized, Type: "about:blank", Detail: "The API key is missing or not valid."}

// authorised lets nobody pass who does not bear the key.
func (s *Service) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, bears := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bears || subtle.ConstantTimeCompare([]byte(key), []byte(s.o.APIKey)) != 1 {
			s.refuse(w, unauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known answers for paths that do not exist, and for methods that a path does not have, in the service's form.
func known(mux *http.ServeMux, s *Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				message(w, http.StatusMethodNotAllowed, "The method is not allowed here.")
				return
			}
		}
		s.refuse(w, notFound("path", r.URL.Path))
	})
}

// kept is an answer that is held back until it is clear whether it goes out.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// send lets it out after all.
func (k *kept) send(w http.ResponseWriter) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.WriteHeader(max(k.status, http.StatusOK))
	_, _ = w.Write(k.body.Bytes()) // the caller may be gone; there is nobody else to tell
}
