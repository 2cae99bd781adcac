package receivewebhook

import (
	"errors"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// tokenProof is the third proof: the message is about a request that we made. The sealed message that went out with
// the request came back, and opens under one of our keys for this service, environment and slot. Which contract it is
// about stands in there and is taken from nowhere else. Whether it is that contract's current attempt is for persist
// to say: there is no record at this door.
type tokenProof struct {
	keys        auth.SealKeys
	environment Environment
}

// Environment is a setting: "sandbox" or "production". One never speaks for the other.
type Environment string

const sandbox Environment = "sandbox"

// Decode implements envconfig.Decoder.
func (e *Environment) Decode(value string) error {
	if value != "sandbox" && value != "production" {
		return function.Malformed(`it must be sandbox or production`)
	}
	*e = Environment(value)
	return nil
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
	sealed, err := p.keys.Open(r.token, auth.SealContext{Service: service, Environment: string(p.environment), Slot: slot})
	if err != nil {
		return auth.Sealed{}, err
	}
	if r.sandbox == nil || *r.sandbox != (p.environment == sandbox) {
		return auth.Sealed{}, errEnvironment
	}
	return sealed, nil
}
