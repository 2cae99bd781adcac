package fakepersist

import (
	"net/http"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sweepQuestions answer what is asked about requests that the record does not account for, as persist does.
func (l *Store) sweepQuestions(ask asking) {
	ask("POST /limits/signature/calls", func(_ caller, r *http.Request) (any, int) {
		var in persistclient.LeaseRequest
		decode(r, &in)
		if l.Spare == 0 {
			return persistclient.Lease{CallsWait: 7}, http.StatusOK
		}
		l.Spare--
		return persistclient.Lease{Calls: in.Calls}, http.StatusOK
	})
	ask("POST /sweeps/signature/pages", func(_ caller, r *http.Request) (any, int) {
		if l.Overtaken {
			return nil, http.StatusConflict
		}
		var page persistclient.SweptPage
		decode(r, &page)
		l.Swept = append(l.Swept, page)
		return nil, http.StatusOK
	})
	ask("GET /stray-requests", func(who caller, _ *http.Request) (any, int) {
		all := []persistclient.StrayRequest{}
		for _, s := range l.Strays {
			all = append(all, *s)
		}
		return all, http.StatusOK
	})
	l.stray(ask, "GET /stray-requests/{id}", func(_ caller, s *persistclient.StrayRequest, _ *http.Request) (any, int) { return *s, http.StatusOK })
	l.stray(ask, "POST /stray-requests/{id}/settled", func(who caller, s *persistclient.StrayRequest, r *http.Request) (any, int) {
		if who.Role != auth.Administrator {
			return nil, http.StatusForbidden
		}
		var in persistclient.Settled
		decode(r, &in)
		s.State, s.SettledAt = in.State, l.now()
		return nil, http.StatusOK
	})
}

func (l *Store) stray(ask asking, pattern string, result func(caller, *persistclient.StrayRequest, *http.Request) (any, int)) {
	ask(pattern, func(who caller, r *http.Request) (any, int) {
		s := l.Strays[r.PathValue("id")]
		if s == nil {
			return nil, http.StatusNotFound
		}
		return result(who, s, r)
	})
}
