package receivewebhook

import (
	"errors"

	"github.com/paraphe/paraphe/shared/auth"
)

// tokenProof is the third proof: the message is about a request that we made. The sealed message that went out with
// the request came back, and opens under one of our keys for this service, environment and slot. Which contract it is
// about stands in there and is taken from nowhere else. Whether it is that contract's current attempt is for persist
// to say: receive-webhook has no database.
type tokenProof struct {
	keys        auth.SealKeys
	environment auth.Environment
}

var (
	errNoToken     = errors.New("no sealed message")
	errEnvironment = errors.New("of another environment, or it does not say")
)

// verify returns what the report's sealed message says, or why it does not count.
func (p tokenProof) verify(r report, service string, slot auth.Slot) (auth.Sealed, error) {
	if r.token == "" {
		return auth.Sealed{}, errNoToken
	}
	sealed, err := p.keys.Open(r.token, auth.SealContext{Service: service, Environment: p.environment, Slot: slot})
	if err != nil {
		return auth.Sealed{}, err
	}
	if r.sandbox == nil || *r.sandbox != (p.environment == auth.Sandbox) {
		return auth.Sealed{}, errEnvironment
	}
	return sealed, nil
}
