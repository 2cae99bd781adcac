package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// internalError is a 500 of the service.
var internalError = wire.Problem{Status: http.StatusInternalServerError, Type: "about:blank", Detail: "Internal server error."}

// refusals are the faults that answer instead of the API, in the order in which they are tried.
var refusals = []struct {
	chance func(faults.APIFaults) float64
	answer func(*API, http.ResponseWriter)
}{
	{func(a faults.APIFaults) float64 { return a.TooMany }, func(_ *API, w http.ResponseWriter) { tooMany(w, time.Second) }},
	{func(a faults.APIFaults) float64 { return a.Fails }, refuseWith(internalError)},
	{func(a faults.APIFaults) float64 { return a.HTML }, proxyPage(http.StatusBadGateway)},
	{func(a faults.APIFaults) float64 { return a.Page }, proxyPage(http.StatusOK)},
	{func(a faults.APIFaults) float64 { return a.PageNotFound }, proxyPage(http.StatusNotFound)},
	{func(a faults.APIFaults) float64 { return a.Moved }, moved},
	{func(a faults.APIFaults) float64 { return a.Unauthorized }, refuseWith(unauthorized)},
	{func(a faults.APIFaults) float64 { return a.Unpaid }, refuseWith(wire.Problem{Status: http.StatusPaymentRequired, Type: "standin.unpaid", Detail: "The subscription has ended."})},
	{func(a faults.APIFaults) float64 { return a.Forbidden }, refuseWith(wire.Problem{Status: http.StatusForbidden, Type: "about:blank", Detail: "The API key may not do this."})},
	{func(a faults.APIFaults) float64 { return a.Refused }, refuseWith(wire.Problem{Status: http.StatusBadRequest, Type: "standin.refused", Detail: "The plan of faults refuses this."})},
	{func(a faults.APIFaults) float64 { return a.NotFound }, refuseWith(wire.Problem{Status: http.StatusNotFound, Type: "resource.not_found", Detail: "The plan of faults does not find this."})},
}

func refuseWith(p wire.Problem) func(*API, http.ResponseWriter) {
	return func(s *API, w http.ResponseWriter) { s.refuse(w, p) }
}

// proxyPage is the answer of a proxy in front of the service.
func proxyPage(status int) func(*API, http.ResponseWriter) {
	return func(_ *API, w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
	}
}

func moved(_ *API, w http.ResponseWriter) {
	w.Header().Set("Location", "https://elsewhere.invalid/")
	w.WriteHeader(http.StatusFound)
}

// withFaults applies the faults before and after a call.
func (s *API) withFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := s.faults.Plan().API
		for _, f := range refusals {
			if s.faults.Hits(r, f.chance(a)) {
				f.answer(s, w)
				return
			}
		}
		if s.faults.Hits(r, a.Late) {
			r = delayed(r, faults.Milliseconds(a.SlowBy, 1000))
		}
		k := &heldResponse{header: http.Header{}}
		next.ServeHTTP(k, r)
		s.spoilAnswer(w, r, k, a)
	})
}

// delayed reads the request and waits. The result is not cancelled when the caller goes away.
func delayed(r *http.Request, by time.Duration) *http.Request {
	body, _ := io.ReadAll(r.Body) // an incomplete body is refused later
	<-time.After(by)
	later := r.Clone(context.WithoutCancel(r.Context()))
	later.Body = io.NopCloser(bytes.NewReader(body))
	return later
}

// spoilAnswer loses, replaces or delays the answer of a call that was done.
func (s *API) spoilAnswer(w http.ResponseWriter, r *http.Request, k *heldResponse, a faults.APIFaults) {
	switch {
	case s.faults.Hits(r, a.LostAnswer):
		panic(http.ErrAbortHandler) // breaks the connection
	case s.faults.Hits(r, a.FailsAfter):
		s.refuse(w, internalError)
		return
	case s.faults.Hits(r, a.Slow):
		select {
		case <-time.After(faults.Milliseconds(a.SlowBy, 1000)):
		case <-r.Context().Done():
		}
	}
	k.send(w)
}
