// Package rest is what all calls of the client API have in common: who may make them, how a request is read, and how a
// refusal is worded (RFC 9457).
package rest

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Route is one call of the API: its pattern, who may make it, and what answers. The database checks the person
// against the contract again; the role alone opens nothing.
type Route struct {
	Pattern string
	Roles   []auth.Role // nil: anyone, without a token
	Answer  func(c Call) error
}

// Router answers the calls of the API. It keeps nothing between two requests.
type Router struct {
	Name     string                // of the function
	Record   *persistclient.Client // speaks as the function itself
	Sessions auth.Sessions         // whose access tokens are taken
	Now      func() time.Time
	Log      *slog.Logger
}

// Handler makes the handler of all these calls.
func (router *Router) Handler(routes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, router.answer(r))
	}
	return problemMux{mux}
}

// answer lets in whom the route is for, and turns every error of its answer into a problem.
func (router *Router) answer(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := router.Now()
		ctx := function.WithTrace(r.Context(), r.Header.Get("Traceparent"))
		c := Call{W: w, R: r.WithContext(ctx)}
		err := router.authenticate(&c, route.Roles)
		if err == nil {
			err = route.Answer(c)
		}
		if err == nil {
			function.PointAt(router.Name, "answered", route.Pattern)
		}
		attrs := []any{"call", route.Pattern, "took", router.Now().Sub(began).String()}
		switch {
		case err == nil:
			router.Log.Info("answered", attrs...)
		case function.ClientGone(r):
			router.Log.Info("the client went away", attrs...)
		default:
			status := writeProblem(w, err)
			router.Log.Log(ctx, levelOf(status), "refused", append(attrs, "status", status, "error", err.Error())...)
		}
	})
}

// levelOf keeps what clients do wrong out of what an operator is woken for.
func levelOf(status int) slog.Level {
	if status >= 500 {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
