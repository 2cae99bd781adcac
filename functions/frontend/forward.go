package frontend

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

const (
	apiPrefix = "/api"
	keysPath  = "/.well-known/jwks.json" // RFC 8615; the public keys of the session tokens

	// bodyLimit bounds what a client may send: the largest call is a contract with its data, a few kilobytes.
	bodyLimit = 1 << 20
	// answerTimeout bounds a whole call, an orchestrate that has to start first and a PDF on a slow line included.
	answerTimeout = 50 * time.Second
	dialTimeout   = 10 * time.Second
)

// forwarder passes API calls on to orchestrate, and nothing that is not one: an event can never go this way.
type forwarder struct {
	proxy     *httputil.ReverseProxy
	transport *http.Transport
}

func newForwarder(orchestrate function.URL, log *slog.Logger) (*forwarder, error) {
	target, err := url.Parse(orchestrate.String())
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.MaxIdleConnsPerHost = 64  // the default of 2 would open a connection for almost every call
	transport.DisableCompression = true // bodies and their ETags go through as they are
	transport.ResponseHeaderTimeout = 40 * time.Second
	return &forwarder{transport: transport, proxy: &httputil.ReverseProxy{
		Transport:      transport,
		Rewrite:        func(p *httputil.ProxyRequest) { rewrite(p, target) },
		ModifyResponse: withoutUpstreamHeaders,
		ErrorHandler:   func(w http.ResponseWriter, r *http.Request, err error) { unreachable(w, r, err, log) },
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
}

// ServeHTTP forwards a call of the API or answers 404, and 413 for a body that is too large.
func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !forwardable(r) {
		function.WriteProblem(w, function.Problem{Status: http.StatusNotFound, Detail: "There is nothing at this address of the API."})
		return
	}
	if r.ContentLength > bodyLimit {
		writeTooLarge(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
	defer cancel()
	f.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// forwardable reports whether r is a call of the API. Its path must be the shortest form of itself: what two
// servers could read differently is not passed between them.
func forwardable(r *http.Request) bool {
	p := r.URL.Path
	if p == keysPath {
		return r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	return strings.HasPrefix(p, apiPrefix+"/v1/") && path.Clean(p) == strings.TrimRight(p, "/") && !strings.Contains(p, `\`)
}

// rewrite addresses the call to orchestrate. The chain of X-Forwarded-For is kept and appended to: orchestrate
// reads it from the right, so that what a client invents at its left does not count.
func rewrite(p *httputil.ProxyRequest, target *url.URL) {
	p.SetURL(target)
	p.Out.URL.Path = target.Path + strings.TrimPrefix(p.In.URL.Path, apiPrefix)
	p.Out.URL.RawPath = target.EscapedPath() + strings.TrimPrefix(p.In.URL.EscapedPath(), apiPrefix)
	p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
	p.SetXForwarded()
	p.Out.Header.Del("Connection") // ReverseProxy would let a change of protocol through
	p.Out.Header.Del("Upgrade")
	function.SetTrace(function.WithTrace(p.In.Context(), p.In.Header.Get("Traceparent")), p.Out.Header)
}

// withoutUpstreamHeaders drops the headers that this function has set already, so that none is there twice.
func withoutUpstreamHeaders(answer *http.Response) error {
	for name := range securityHeaders("") {
		answer.Header.Del(name)
	}
	answer.Header.Del("Server")
	return nil
}

// unreachable answers for an orchestrate that gave no answer. Retry-After tells clients that trying again is right:
// a function that was scaled to zero is back within a second or two.
func unreachable(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		writeTooLarge(w)
		return
	case errors.Is(err, function.ErrBody):
		function.WriteProblem(w, function.Problem{Status: http.StatusBadRequest, Detail: "The body did not arrive whole."})
		return
	case function.ClientGone(r):
		return
	}
	status := http.StatusBadGateway
	if timedOut(err) {
		status = http.StatusGatewayTimeout
	}
	log.Warn("orchestrate gave no answer", "method", r.Method, "status", status, "error", err.Error())
	w.Header().Set("Retry-After", "2")
	function.WriteProblem(w, function.Problem{Status: status, Detail: "The service does not answer at the moment. Please try again."})
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

func writeTooLarge(w http.ResponseWriter) {
	function.WriteProblem(w, function.Problem{Status: http.StatusRequestEntityTooLarge, Detail: "The request is larger than 1 MiB."})
}
