package receivewebhook

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
)

// addressProof is the first proof: the caller is at one of the addresses that the service says it calls from.
//
// It is the weakest one, and there to keep strangers away from the others.
type addressProof struct {
	listed  func() Networks // as of now
	trusted Networks        // proxies of ours, by whose word X-Forwarded-For is believed
}

// Networks is a setting, and a line of an address list: networks and single addresses, "57.130.41.144/28, 52.143.162.31".
type Networks []netip.Prefix

// hopLimit bounds how many proxies of ours a request may have come through.
const hopLimit = 100

var (
	errHop  = errors.New("unreadable address in X-Forwarded-For")
	errHops = errors.New("too many proxies in X-Forwarded-For")
	errPeer = errors.New("unreadable address of the connection")
)

// refuses returns why the request is not from the service, or nil.
func (p addressProof) refuses(r *http.Request) error {
	client, err := p.client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
	switch {
	case err != nil:
		return err
	case !p.listed().contain(client):
		return fmt.Errorf("not listed: %s", around(client))
	}
	return nil
}

// client returns the address that the request came from: the connection's own, unless that is a trusted proxy. Then
// it is what the proxy says of the one before, and so on from the right until one is not trusted. What stands left of
// that one was written by the client itself and is not looked at. Forwarded and X-Real-IP never are: Knative's
// queue-proxy passes a client's own ones on.
func (p addressProof) client(peer string, forwarded []string) (netip.Addr, error) {
	connection, err := netip.ParseAddrPort(peer)
	if err != nil {
		return netip.Addr{}, errPeer
	}
	client := connection.Addr().Unmap()
	chain, more := strings.Join(forwarded, ","), len(forwarded) > 0 // several lines are one list (RFC 9110 §5.3)
	for hops := 0; more && p.trusted.contain(client); hops++ {
		if hops == hopLimit {
			return netip.Addr{}, errHops
		}
		comma := strings.LastIndexByte(chain, ',')
		if client, err = hop(chain[comma+1:]); err != nil {
			return netip.Addr{}, err
		}
		chain, more = chain[:max(comma, 0)], comma >= 0
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

// around is the network that an address is in, for the log: enough to find out who moved, no single machine's.
func around(a netip.Addr) string {
	bits := 24
	if a.Is6() {
		bits = 48
	}
	network, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return "?"
	}
	return network.String()
}

// contain reports whether a is in one of the networks.
func (n Networks) contain(a netip.Addr) bool {
	for _, network := range n {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// Decode implements envconfig.Decoder. An empty value is no network; an empty part is a mistake. The network of all
// addresses is refused: it proves nothing, and among the proxies it would believe whatever a client writes.
func (n *Networks) Decode(value string) error {
	const form = function.Malformed("it is not a list of networks such as 192.0.2.0/24, 2001:db8::/32, 198.51.100.7")
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
