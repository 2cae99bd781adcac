package orchestrate

import (
	"net/http"
	"net/netip"

	"github.com/paraphe/paraphe/shared/function"
)

// addressKey is where a request comes from, for the count of failures, by the word of our own proxies.
func addressKey(ours function.Networks, r *http.Request) string {
	client, _ := ours.Client(r) // where a hop cannot be read, the last that could be counts
	if !client.IsValid() {
		return addressKeys + digest(r.RemoteAddr)
	}
	return addressKeys + digest(addressOf(client))
}

// addressOf counts an IPv6 network of one customer as one address: it has more addresses than anybody can try from.
func addressOf(a netip.Addr) string {
	if !a.Is6() {
		return a.String()
	}
	network, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return network.String()
}
