package yousign

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
)

// unreached turns an error of the way there into a Fault where the installation is at fault, and leaves what may pass
// by itself (refused, reset, too slow) as it is. What came because the caller's time was up says nothing.
func unreached(ctx context.Context, err error) error {
	var name *net.DNSError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, new(signing.Fault)):
		return err
	case errors.As(err, &name):
		return signing.Fault{Cause: signing.CauseDNS}
	case untrusted(err):
		return signing.Fault{Cause: signing.CauseTLS}
	}
	return err
}

// untrusted reports whether TLS itself failed. The alerts of the other side have no type of their own, and some
// errors of crypto/tls are only words.
func untrusted(err error) bool {
	var alert *net.OpError
	switch {
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(tls.RecordHeaderError)),
		errors.As(err, new(x509.UnknownAuthorityError)), errors.As(err, new(x509.HostnameError)),
		errors.As(err, new(x509.CertificateInvalidError)), errors.Is(err, http.ErrSchemeMismatch):
		return true
	case errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error"):
		return true
	}
	return strings.HasPrefix(err.Error(), "tls: ") || strings.HasPrefix(err.Error(), "x509: ")
}

// tellingOfProxies is the transport with an error that can be told apart for a proxy that lets nobody through: its
// own is only words.
func tellingOfProxies(t http.RoundTripper) http.RoundTripper {
	if t == nil {
		t = http.DefaultTransport
	}
	known, is := t.(*http.Transport)
	if !is {
		return t
	}
	known = known.Clone()
	known.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode == http.StatusProxyAuthRequired || answer.StatusCode == http.StatusForbidden {
			return signing.Fault{Cause: signing.CauseProxy, Status: answer.StatusCode}
		}
		return nil
	}
	return known
}
