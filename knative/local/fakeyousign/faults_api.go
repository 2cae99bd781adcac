package fakeyousign

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// planned is the answer of a service that fell over.
var planned = problem{status: http.StatusInternalServerError, Type: "about:blank", Detail: "Internal server error."}

// refusals are the faults that answer instead of doing, in the order in which they are tried.
var refusals = []struct {
	chance func(APIFaults) float64
	answer func(*Service, http.ResponseWriter)
}{
	{func(a APIFaults) float64 { return a.TooMany }, func(_ *Service, w http.ResponseWriter) { tooMany(w, time.Second) }},
	{func(a APIFaults) float64 { return a.Fails }, refuseWith(planned)},
	{func(a APIFaults) float64 { return a.HTML }, proxyPage(http.StatusBadGateway)},
	{func(a APIFaults) float64 { return a.Page }, proxyPage(http.StatusOK)},
	{func(a APIFaults) float64 { return a.PageNotFound }, proxyPage(http.StatusNotFound)},
	{func(a APIFaults) float64 { return a.Moved }, moved},
	{func(a APIFaults) float64 { return a.Unauthorized }, refuseWith(unauthorized)},
	{func(a APIFaults) float64 { return a.Unpaid }, refuseWith(problem{status: http.StatusPaymentRequired, Type: "standin.unpaid", Detail: "The subscription has ended."})},
	{func(a APIFaults) float64 { return a.Forbidden }, refuseWith(problem{status: http.StatusForbidden, Type: "about:blank", Detail: "The API key may not do this."})},
	{func(a APIFaults) float64 { return a.Refused }, refuseWith(problem{status: http.StatusBadRequest, Type: "standin.refused", Detail: "The plan of faults refuses this."})},
	{func(a APIFaults) float64 { return a.NotFound }, refuseWith(problem{status: http.StatusNotFound, Type: "resource.not_found", Detail: "The plan of faults does not find this."})},
}

func refuseWith(p problem) func(*Service, http.ResponseWriter) {
	return func(s *Service, w http.ResponseWriter) { s.refuse(w, p) }
}

// proxyPage is what a proxy answers that stands where the service should.
func proxyPage(status int) func(*Service, http.ResponseWriter) {
	return func(_ *Service, w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
	}
}

func moved(_ *Service, w http.ResponseWriter) {
	w.Header().Set("Location", "https://elsewhere.invalid/")
	w.WriteHeader(http.StatusFound)
}

// faulty lets the API misbehave before and after the deed.
func (s *Service) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := s.faults.Plan().API
		for _, f := range refusals {
			if s.faults.strike(r, f.chance(a)) {
				f.answer(s, w)
				return
			}
		}
		if s.faults.strike(r, a.Late) {
			r = held(r, milliseconds(a.SlowBy, 1000))
		}
		k := &kept{header: http.Header{}}
		next.ServeHTTP(k, r)
		s.misanswer(w, r, k, a)
	})
}

// held reads the whole request and keeps it for a while. What comes out of it knows nothing of a caller who has gone.
func held(r *http.Request, by time.Duration) *http.Request {
	body, _ := io.ReadAll(r.Body) // half a request will be refused as such
	<-time.After(by)
	later := r.Clone(context.WithoutCancel(r.Context()))
	later.Body = io.NopCloser(bytes.NewReader(body))
	return later
}

// misanswer lets the answer to what was done go wrong.
func (s *Service) misanswer(w http.ResponseWriter, r *http.Request, k *kept, a APIFaults) {
	switch {
	case s.faults.strike(r, a.LostAnswer):
		panic(http.ErrAbortHandler) // the way to break a connection without a word
	case s.faults.strike(r, a.FailsAfter):
		s.refuse(w, planned)
		return
	case s.faults.strike(r, a.Slow):
		select {
		case <-time.After(milliseconds(a.SlowBy, 1000)):
		case <-r.Context().Done():
		}
	}
	k.send(w)
}
