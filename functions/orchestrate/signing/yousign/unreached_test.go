package yousign_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
)

// quiet starts a server by TLS whose complaints are not shown.
func quiet(t *testing.T, configure func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	configure(s)
	t.Cleanup(s.Close)
	return s
}

// listen serves every connection with what is given, and returns the address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return l.Addr().String()
}

func TestWhatIsInTheWayIsTold(t *testing.T) {
	t.Parallel()
	byTLS := quiet(t, func(s *httptest.Server) { s.StartTLS() })
	old := quiet(t, func(s *httptest.Server) { s.TLS = &tls.Config{MaxVersion: tls.VersionTLS10}; s.StartTLS() }) //nolint:gosec // on purpose
	asking := quiet(t, func(s *httptest.Server) { s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}; s.StartTLS() })
	plain := quiet(t, func(s *httptest.Server) { s.Start() })
	trusting := func(s *httptest.Server) *http.Client { return &http.Client{Transport: s.Client().Transport} }
	resets := listen(t, func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() })
	closed := listen(t, func(c net.Conn) { _ = c.Close() })
	garbage := listen(t, func(c net.Conn) { _, _ = c.Write([]byte("220 mail.example ESMTP\r\n")); _ = c.Close() })

	for name, c := range map[string]struct {
		address string
		client  *http.Client
		want    string
	}{
		"a name that is not there":    {"https://signature.invalid/v3", nil, signing.CauseDNS},
		"an unknown authority":        {byTLS.URL, nil, signing.CauseTLS},
		"another name":                {"https://localhost:" + port(byTLS.URL), trusting(byTLS), signing.CauseTLS},
		"a version that is too old":   {old.URL, trusting(old), signing.CauseTLS},
		"a certificate of ours asked": {asking.URL, trusting(asking), signing.CauseTLS},
		"no TLS there":                {"https://" + plain.Listener.Addr().String(), nil, signing.CauseTLS},
		"another protocol":            {"https://" + garbage, nil, signing.CauseTLS},
		"TLS there, not asked for":    {"http://" + byTLS.Listener.Addr().String(), nil, signing.CauseAddress},
		"another site":                {plain.URL, nil, signing.CauseAddress},
		"nobody listens":              {"http://127.0.0.1:1", nil, "may pass"},
		"it resets":                   {"http://" + resets, nil, "may pass"},
		"it hangs up":                 {"http://" + closed, nil, "may pass"},
		"it hangs up, by TLS":         {"https://" + closed, nil, "may pass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := yousign.New(signing.Config{Address: c.address, APIKey: key, HTTP: c.client, Now: func() time.Time { return now }})
			_, err := service.Look(context.Background(), "x")
			if kind(err) != c.want {
				t.Errorf("got %q, %v; want %q", kind(err), err, c.want)
			}
		})
	}
}

func port(address string) string {
	u, _ := url.Parse(address)
	return u.Port()
}

// TestAProxyThatLetsNobodyThroughIsTold, by https, where it answers CONNECT, and by http, where it answers for the service.
func TestAProxyThatLetsNobodyThroughIsTold(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{407: signing.CauseProxy, 403: signing.CauseProxy, 503: "may pass"} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(proxy.Close)
		at, _ := url.Parse(proxy.URL)
		client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}}
		for scheme, want := range map[string]string{"https": want, "http": map[int]string{407: want, 403: signing.CauseForbidden, 503: want}[status]} {
			c := yousign.New(signing.Config{Address: scheme + "://api.example/v3", APIKey: key, HTTP: client, Now: func() time.Time { return now }})
			if _, err := c.Look(context.Background(), "x"); kind(err) != want {
				t.Errorf("%s %d: got %v, want %q", scheme, status, err, want)
			}
		}
	}
}

// ending is a way there that fails with an error just when the caller's time is up.
type ending struct {
	stop context.CancelFunc
	err  error
}

func (e ending) RoundTrip(*http.Request) (*http.Response, error) {
	e.stop()
	return nil, e.err
}

// TestATimeThatIsUpSaysNothing: the caller ended it, wherever it was.
func TestATimeThatIsUpSaysNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&net.DNSError{Err: "operation was canceled", Name: "signature.invalid"},
		&tls.CertificateVerificationError{Err: context.Canceled},
	} {
		ctx, stop := context.WithCancel(context.Background())
		client := &http.Client{Transport: ending{stop, err}}
		c := yousign.New(signing.Config{Address: "http://signature.invalid/v3", APIKey: key, HTTP: client, Now: func() time.Time { return now }})
		if _, got := c.Look(ctx, "x"); got == nil || kind(got) != "may pass" {
			t.Errorf("%v: got %v", err, got)
		}
	}
}
