package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// withQuota counts every call, also those that are refused later: the service counts them too.
func (s *API) withQuota(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := s.faults.Quota()
		planned := m != nil
		if !planned {
			m = s.meter
		}
		if wait := m.Take(w.Header()); wait > 0 {
			s.faults.Record(planned)
			tooMany(w, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(faults.Seconds(wait)))
	wire.Message(w, http.StatusTooManyRequests, fmt.Sprintf("Too many requests: try again in %d seconds.", faults.Seconds(wait)))
}
