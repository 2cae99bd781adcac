package auth

import "github.com/paraphe/paraphe/shared/function"

// Environment is a setting: which environment of the signature service we call and accept webhooks from. A contract that is
// signed in one does not count in the other.
type Environment string

// The environments of a signature service.
const (
	Sandbox    Environment = "sandbox"
	Production Environment = "production"
)

// Decode implements envconfig.Decoder.
func (e *Environment) Decode(value string) error {
	if value != string(Sandbox) && value != string(Production) {
		return function.Malformed("it must be sandbox or production")
	}
	*e = Environment(value)
	return nil
}
