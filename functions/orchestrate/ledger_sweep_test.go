package orchestrate

import (
	"net/http"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sweepQuestions answer what is asked about requests that the record does not account for, as persist does.
func (l *ledger) sweepQuestions(ask asking) {
	ask("POST /limits/signature/calls", func(_ visitor, r *http.Request) (any, int) {
		var in persistclient.LeaseRequest
		decode(r, &in)
		if l.spare == 0 {
			return persistclient.Lease{CallsWait: 7}, http.StatusOK
		}
		l.spare--
		return persistclient.Lease{Calls: in.Calls}, http.StatusOK
	})
	ask("POST /sweeps/signature/pages", func(_ visitor, r *http.Request) (any, int) {
		if l.overtaken {
			return nil, http.StatusConflict
		}
		var page persistclient.SweptPage
		decode(r, &page)
		l.swept = append(l.swept, page)
		return nil, http.StatusOK
	})
	ask("GET /stray-requests", func(who visitor, _ *http.Request) (any, int) {
		all := []persistclient.StrayRequest{}
		for _, s := range l.strays {
			all = append(all, *s)
		}
		return all, http.StatusOK
	})
	l.stray(ask, "GET /stray-requests/{id}", func(_ visitor, s *persistclient.StrayRequest, _ *http.Request) (any, int) { return *s, http.StatusOK })
	l.stray(ask, "POST /stray-requests/{id}/settled", func(who visitor, s *persistclient.StrayRequest, r *http.Request) (any, int) {
		if who.Role != auth.Administrator {
			return nil, http.StatusForbidden
		}
		var in persistclient.Settled
		decode(r, &in)
		s.State, s.SettledAt = in.State, l.now()
		return nil, http.StatusOK
	})
}

func (l *ledger) stray(ask asking, pattern string, answer func(visitor, *persistclient.StrayRequest, *http.Request) (any, int)) {
	ask(pattern, func(who visitor, r *http.Request) (any, int) {
		s := l.strays[r.PathValue("id")]
		if s == nil {
			return nil, http.StatusNotFound
		}
		return answer(who, s, r)
	})
}
