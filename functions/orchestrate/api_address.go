package orchestrate

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/paraphe/paraphe/shared/function"
)

// proxies is a setting: the networks that our own proxies are in, "127.0.0.0/8,10.0.0.0/8". Only their word on who came
// to them is believed.
type proxies []netip.Prefix

// Decode implements envconfig.Decoder. The network of all addresses is refused: it would believe whatever a client
// writes.
func (p *proxies) Decode(value string) error {
	*p = nil
	if strings.TrimSpace(value) == "" {
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		network, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil || network.Bits() == 0 || network.Addr().Is4In6() {
			return function.Malformed("it is not a list of networks such as 127.0.0.0/8,10.0.0.0/8")
		}
		*p = append(*p, network.Masked())
	}
	return nil
}

func (p proxies) contain(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// addressKey is where a request comes from, for the count of failures: the connection's own address, or, where that is
// a proxy of ours, the one before it in X-Forwarded-For, and so on from the right. What stands left of the first address
// that is not ours can be invented. Where a hop cannot be read, the last that could be is taken.
func (p proxies) addressKey(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return addressKeys + digest(r.RemoteAddr)
	}
	client := peer.Addr().Unmap()
	chain := strings.Join(r.Header.Values("X-Forwarded-For"), ",") // several lines are one list (RFC 9110 §5.3)
	for p.contain(client) && chain != "" {
		comma := strings.LastIndexByte(chain, ',')
		hop, err := netip.ParseAddr(strings.TrimSpace(chain[comma+1:]))
		if err != nil {
			break
		}
		client, chain = hop.Unmap().WithZone(""), chain[:max(comma, 0)]
	}
	return addressKeys + digest(addressOf(client))
}

// addressOf counts an IPv6 network of one customer as one address: it has more addresses than anybody can try from.
func addressOf(a netip.Addr) string {
	if !a.Is6() {
		return a.String()
	}
	network, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return network.String()
}
