// Package clientaddr finds out from which address a request came, through proxies whose word for it is trusted.
package clientaddr

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
)

// Networks is a setting: networks and single addresses, "57.130.41.144/28, 52.143.162.31".
type Networks []netip.Prefix

// hopLimit bounds how many proxies of ours a request may have come through.
const hopLimit = 100

var (
	errHop  = errors.New("unreadable address in X-Forwarded-For")
	errHops = errors.New("too many proxies in X-Forwarded-For")
	errPeer = errors.New("unreadable address of the connection")
)

// Client returns the address that a request came from, where n are the networks of our own proxies: the connection's
// own, unless that is one of them. Then it is what the proxy says of the one before, and so on from the right until one
// is not ours. What stands left of that one was written by the client itself and is not looked at. Forwarded and
// X-Real-IP never are: Knative's queue-proxy passes a client's own ones on. With an error it is the last address that
// could be read.
func (n Networks) Client(r *http.Request) (netip.Addr, error) {
	connection, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, errPeer
	}
	client, forwarded := connection.Addr().Unmap(), r.Header.Values("X-Forwarded-For")
	chain, more := strings.Join(forwarded, ","), len(forwarded) > 0 // several lines are one list (RFC 9110 §5.3)
	for hops := 0; more && n.Contain(client); hops++ {
		if hops == hopLimit {
			return client, errHops
		}
		comma := strings.LastIndexByte(chain, ',')
		before, err := hop(chain[comma+1:])
		if err != nil {
			return client, err
		}
		client, chain, more = before, chain[:max(comma, 0)], comma >= 0
	}
	return client, nil
}

// hop reads one address of the chain, with or without a port. IPv4 in IPv6 form is made IPv4, or it would be in no
// network (CVE-2024-24790 was that mistake).
func hop(s string) (netip.Addr, error) {
	s = strings.Trim(s, " \t")
	a, err := netip.ParseAddr(s)
	if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(s)
		a = withPort.Addr()
	}
	if err != nil && strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		if a, err = netip.ParseAddr(s[1 : len(s)-1]); err == nil && a.Is4() {
			return netip.Addr{}, errHop
		}
	}
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, errHop
	}
	return a.Unmap(), nil
}

// Contain reports whether a is in one of the networks.
func (n Networks) Contain(a netip.Addr) bool {
	for _, network := range n {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// String writes the networks as the setting is written.
func (n Networks) String() string {
	parts := make([]string, len(n))
	for i, network := range n {
		parts[i] = network.String()
	}
	return strings.Join(parts, ",")
}

// Decode implements envconfig.Decoder. An empty value is no network; an empty part is a mistake. The network of all
// addresses is refused: it proves nothing, and among the proxies it would believe whatever a client writes.
func (n *Networks) Decode(value string) error {
	const form = function.Malformed("it must be a list of networks, for example 192.0.2.0/24, 2001:db8::/32, 198.51.100.7")
	*n = nil
	if strings.TrimSpace(value) == "" {
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		network, err := netip.ParsePrefix(part)
		if single, e := netip.ParseAddr(part); e == nil && single.Zone() == "" {
			network, err = netip.PrefixFrom(single, single.BitLen()), nil
		}
		if err != nil || network.Bits() == 0 || network.Addr().Is4In6() {
			return form
		}
		*n = append(*n, network.Masked())
	}
	return nil
}
