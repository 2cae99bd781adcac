package auth

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/paraphe/paraphe/shared/events"
)

// A function's own token is made for one audience and lives for a minute.
const (
	functionIssuer   = "paraphe-functions"
	functionAudience = "persist"
	functionLife     = time.Minute
)

// MintFunction makes the token by which the function of this name speaks to persist. The name is also in the key's id,
// so a function can speak only for itself.
func MintFunction(name string, keys PrivateKeys, now time.Time) (string, error) {
	if err := keys.belongTo(name); err != nil {
		return "", err
	}
	return mint(keys[:1], "paraphe-function+jwt", registered(functionIssuer, functionAudience, name, now, functionLife))
}

// ReadFunction returns the function that the token speaks for.
func ReadFunction(token string, keys PublicKeys, now time.Time) (string, error) {
	var c jwt.RegisteredClaims
	if err := read(token, "paraphe-function+jwt", functionLife, &c, keys, functionIssuer, functionAudience, now); err != nil {
		return "", err
	}
	if signer := events.KeyOwner(keyID(token)); signer != c.Subject {
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
