package receivewebhook

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/paraphe/paraphe/shared/clientaddr"
)

// addressProof is the first proof: the caller is at one of the addresses that the service says it calls from.
//
// It is the weakest one, and there to keep strangers away from the others.
type addressProof struct {
	listed  func() clientaddr.Networks // as of now
	trusted clientaddr.Networks        // proxies of ours, whose X-Forwarded-For is trusted
}

// verify returns why the request is not from the service, or nil.
func (p addressProof) verify(r *http.Request) error {
	client, err := p.trusted.Client(r)
	switch {
	case err != nil:
		return err
	case !p.listed().Contain(client):
		return fmt.Errorf("not listed: %s", networkOf(client))
	}
	return nil
}

// networkOf is the network that an address is in, for the log: enough to find out who moved, no single machine's.
func networkOf(a netip.Addr) string {
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
