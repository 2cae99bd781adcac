package orchestrate

import (
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
)

// securityHeaders stand on every answer. Answers are never pages, so nothing in them may load, run or be framed, and
// nothing of them is kept: they hold personal data.
var securityHeaders = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"Cache-Control":                "no-store",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Resource-Policy": "same-origin",
}

// door sets the headers of every answer and words what the mux itself refuses as problems.
type door struct{ mux *http.ServeMux }

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range securityHeaders {
		w.Header().Set(name, value)
	}
	handler, pattern := d.mux.Handler(r)
	if pattern != "" {
		d.mux.ServeHTTP(w, r) // and not handler: only the mux fills in the path's values
		return
	}
	refused := muted{header: w.Header(), status: http.StatusNotFound}
	handler.ServeHTTP(&refused, r)
	detail := "There is no such address."
	if refused.status == http.StatusMethodNotAllowed {
		detail = "This address takes " + w.Header().Get("Allow") + "."
	}
	function.WriteProblem(w, function.Problem{Status: refused.status, Detail: detail})
}

// muted takes the mux's own answer to what it knows no route for: the status and the Allow header count, the text
// does not.
type muted struct {
	header http.Header
	status int
}

func (m *muted) Header() http.Header         { return m.header }
func (m *muted) WriteHeader(status int)      { m.status = status }
func (m *muted) Write(b []byte) (int, error) { return len(b), nil }
