package sessions

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
)

// loginAttempt is one loginAttempt to log in with a password: at which account, and from where.
type loginAttempt struct {
	address string // as the account would have it
	account string // the same for all spellings of it
	network string
	known   bool   // the browser has logged in to this account before
	source  string // under which its failures are counted
}

// attemptOf says whose failures a try is counted among: the browser's own, if it has logged in to the account before, and
// otherwise those of its network at this account. So nobody waits for what others do at another account or elsewhere.
func (a *API) attemptOf(r *http.Request, email string) loginAttempt {
	t := loginAttempt{address: accountAddress(email), network: a.network(r)}
	t.account = strings.ToLower(t.address)
	device, _ := a.knownDevice(a.cookies.of(r, a.cookies.Device), t.account)
	if t.known = device != ""; t.known {
		t.source = a.source("device", device)
	} else {
		t.source = a.source("password", t.account, t.network)
	}
	return t
}

// source is a name for whoever tries, which the record keeps: by a key of ours, so that it names nobody there.
func (a *API) source(kind string, parts ...string) string {
	return a.Tokens.Private[0].MAC(auth.Throttle, kind+"\n"+strings.Join(parts, "\n"))
}

// network is where a request comes from, by the word of our own proxies.
func (a *API) network(r *http.Request) string {
	client, _ := a.Proxies.Client(r) // where a hop cannot be read, the last that could be counts
	if !client.IsValid() {
		return r.RemoteAddr
	}
	if r.Header["X-Forwarded-For"] != nil && client.IsPrivate() && !a.Proxies.Contain(client) {
		a.doubtProxies.Do(func() {
			a.Log.Warn("X-Forwarded-For from this private network is not trusted: if it is your proxy, add the network to TRUSTED_PROXIES; until then all its clients count as one",
				"network", networkOf(client))
		})
	}
	return networkOf(client)
}

// networkOf counts what one customer of a provider has as one: 256 addresses of IPv4, and a /56 of IPv6, as RIPE-690
// recommends to give to a home.
func networkOf(a netip.Addr) string {
	bits := 24
	if a.Is6() {
		bits = 56
	}
	network, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return a.String()
	}
	return network.String()
}
