package rest

import (
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
)

// problemMux has no answer kept, since they hold personal data, and words what the mux itself refuses as problems.
type problemMux struct{ mux *http.ServeMux }

func (d problemMux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	handler, pattern := d.mux.Handler(r)
	if pattern != "" {
		d.mux.ServeHTTP(w, r) // and not handler: only the mux fills in the path's values
		return
	}
	refused := discardingWriter{header: w.Header(), status: http.StatusNotFound}
	handler.ServeHTTP(&refused, r)
	detail := "There is no such address."
	if refused.status == http.StatusMethodNotAllowed {
		detail = "This address takes " + w.Header().Get("Allow") + "."
	}
	function.WriteProblem(w, function.Problem{Status: refused.status, Detail: detail})
}

// discardingWriter takes the mux's own answer to what it knows no route for: the status and the Allow header count, the text
// does not.
type discardingWriter struct {
	header http.Header
	status int
}

func (m *discardingWriter) Header() http.Header         { return m.header }
func (m *discardingWriter) WriteHeader(status int)      { m.status = status }
func (m *discardingWriter) Write(b []byte) (int, error) { return len(b), nil }
