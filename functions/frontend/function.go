// Package frontend shows Paraphe to people: the web pages, and the API under the same origin. It alone serves
// pages; it keeps nothing, decides nothing, consumes no event and speaks to nobody but orchestrate.
package frontend

import (
	"context"
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
)

// Manifest is what frontend promises: it consumes and publishes no event.
var Manifest = function.Manifest{Name: "frontend", Settings: Settings{}}

// Settings is what frontend reads from the environment.
type Settings struct {
	Orchestrate    function.URL `envconfig:"ORCHESTRATE_URL" required:"true"` // where /api is forwarded to
	SignaturePages function.URL `envconfig:"SIGNATURE_PAGES_URL"`             // origin of the hosted signing pages, if they may be framed
}

// New makes the function.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	routes, stop, err := newRoutes(b, s)
	if err != nil {
		return nil, err
	}
	return &function.Function{Manifest: Manifest, Routes: routes, Stop: func(context.Context) error { stop(); return nil }}, nil
}

// newRoutes is everything that a browser may ask for, and what lets go of the connections to orchestrate.
func newRoutes(b function.Boot, s Settings) (routes http.Handler, stop func(), err error) {
	shown, err := newPages()
	if err != nil {
		return nil, nil, err
	}
	forwarded, err := newForwarder(s.Orchestrate, b.Log)
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", forwarded)
	mux.Handle(keysPath, forwarded)
	mux.Handle("/", shown)
	return secured(policy(s.SignaturePages), mux), forwarded.transport.CloseIdleConnections, nil
}
