package sessions

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
)

// TestALogInIsCountedByTheNetworkItComesFrom: each row is what Knative passes on, with and without its activator, from
// zero and warm, in clusters of several kinds, and what clients invent.
func TestALogInIsCountedByTheNetworkItComesFrom(t *testing.T) {
	t.Parallel()
	out := &strings.Builder{}
	a := &API{Config: Config{Proxies: testkit.DefaultProxies(t), Log: slog.New(slog.NewTextHandler(out, nil))}}
	for what, row := range map[string]struct{ peer, chain, want string }{
		"somebody who connects directly":     {"203.0.113.9:1", "", "203.0.113.0/24"},
		"… and invents a chain":              {"203.0.113.9:1", "198.51.100.1", "203.0.113.0/24"},
		"gateway, queue-proxy":               {"127.0.0.1:1", "198.51.100.1, 10.42.0.7", "198.51.100.0/24"},
		"gateway, activator, queue-proxy":    {"127.0.0.1:1", "198.51.100.1, 10.42.0.7, 10.42.1.9", "198.51.100.0/24"},
		"… behind frontend":                  {"127.0.0.1:1", "198.51.100.1, 10.42.0.7, 127.0.0.1, 10.42.3.4", "198.51.100.0/24"},
		"… of a client that invents hops":    {"127.0.0.1:1", "10.9.9.9, 8.8.8.8, 198.51.100.1, 10.42.0.7", "198.51.100.0/24"},
		"… and writes rubbish":               {"127.0.0.1:1", "rubbish, 198.51.100.1, 10.42.0.7", "198.51.100.0/24"},
		"a cluster of 172.16.0.0/12":         {"172.17.0.4:1", "198.51.100.1, 172.31.255.254", "198.51.100.0/24"},
		"a cluster of 192.168.0.0/16":        {"192.168.1.1:1", "198.51.100.1, 192.168.9.9", "198.51.100.0/24"},
		"a cluster of RFC 6598's":            {"100.64.0.1:1", "198.51.100.1, 100.127.255.254", "198.51.100.0/24"},
		"a cluster of IPv6":                  {"[fd00::1]:1", "2001:db8:1:2:3:4:5:6, fd00:10:244::7", "2001:db8:1::/56"},
		"IPv4 in IPv6 form":                  {"[::ffff:10.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.0/24"},
		"neighbours in one /56":              {"127.0.0.1:1", "2001:db8:1:ff:3:4:5:6", "2001:db8:1::/56"},
		"and not":                            {"127.0.0.1:1", "2001:db8:1:100::1", "2001:db8:1:100::/56"},
		"next to a private network":          {"172.32.0.1:1", "198.51.100.1", "172.32.0.0/24"},
		"next to RFC 6598's":                 {"100.128.0.1:1", "198.51.100.1", "100.128.0.0/24"},
		"an intranet, seen from its gateway": {"127.0.0.1:1", "10.1.2.3, 10.42.0.7", "10.1.2.0/24"},
		"an unreadable hop":                  {"127.0.0.1:1", "198.51.100.1, rubbish, 10.0.0.1", "10.0.0.0/24"},
		"a link-local peer":                  {"[fe80::1%eth0]:1", "", "fe80::/56"},
		"no address at all":                  {"pipe", "198.51.100.1", "pipe"},
	} {
		r := &http.Request{RemoteAddr: row.peer, Header: http.Header{}}
		if row.chain != "" {
			r.Header.Set("X-Forwarded-For", row.chain)
		}
		if got := a.network(r); got != row.want {
			t.Errorf("%s: %s after %q is counted as %s, want %s", what, row.peer, row.chain, got, row.want)
		}
	}
	if out.Len() > 0 {
		t.Errorf("the log says %s", out)
	}
}

// TestAProxyThatIsNotTrustedIsTold once: an operator would otherwise wonder why everybody waits for everybody.
func TestAProxyThatIsNotTrustedIsTold(t *testing.T) {
	t.Parallel()
	out := &strings.Builder{}
	a := &API{Config: Config{Log: slog.New(slog.NewTextHandler(out, nil))}}
	for range 3 {
		r := &http.Request{RemoteAddr: "10.42.0.7:1", Header: http.Header{"X-Forwarded-For": {"198.51.100.1"}}}
		if got := a.network(r); got != "10.42.0.0/24" {
			t.Errorf("counted as %s", got)
		}
	}
	if strings.Count(out.String(), "TRUSTED_PROXIES") != 1 || !strings.Contains(out.String(), "10.42.0.0/24") {
		t.Errorf("the log says %s", out)
	}
}
