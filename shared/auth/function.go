package auth

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A function's own token is made for one audience and lives for a minute.
const (
	functionIssuer   = "paraphe-functions"
	functionAudience = "persist"
	functionLife     = time.Minute
)

// MintFunction makes the token by which the function of this name speaks to persist. The name is also the key's id,
// so a function can speak only for itself.
func MintFunction(name string, key PrivateKeys, now time.Time) (string, error) {
	if err := key.SpeakFor(name); err != nil {
		return "", err
	}
	return mint(key[:1], "paraphe-function+jwt", registered(functionIssuer, functionAudience, name, now, functionLife))
}

// SpeakFor says why the function of this name cannot speak with the keys, or nil.
func (k PrivateKeys) SpeakFor(name string) error {
	if len(k) == 0 || k[0].ID != name {
		return fmt.Errorf("the function key must have the id %q", name)
	}
	return nil
}

// ReadFunction returns the function that the token speaks for.
func ReadFunction(token string, keys PublicKeys, now time.Time) (string, error) {
	var c jwt.RegisteredClaims
	if err := read(token, "paraphe-function+jwt", &c, keys, functionIssuer, functionAudience, now); err != nil {
		return "", err
	}
	if signer := keyID(token); signer != c.Subject {
		return "", fmt.Errorf("%w: %s signed for %s", ErrNotAccepted, signer, c.Subject)
	}
	return c.Subject, nil
}

// keyID reads the key id of a token that was verified.
func keyID(token string) string {
	t, _, err := jwt.NewParser().ParseUnverified(token, &jwt.RegisteredClaims{})
	if err != nil {
		return ""
	}
	kid, _ := t.Header["kid"].(string)
	return kid
}
