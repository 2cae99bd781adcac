package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/paraphe/paraphe/shared/events"
)

// A function's own token is made for one audience and lives for a minute.
const (
	functionIssuer   = "paraphe-functions"
	functionAudience = "persist"
	functionLife     = time.Minute
	functionType     = "paraphe-question+jwt" // of these claims: a reader that does not look at them refuses it
)

// Question is what a function's token is made for: one request of persist, and the person on whose behalf it asks. Seen by
// others, in a log or on the way, the token opens nothing but that for a minute.
type Question struct {
	Method string
	Path   string // escaped and without its query (RFC 9449 §4.2)
	Person string // the person's session token; empty if the function asks for itself
}

// QuestionOf is what a request asks, as it goes out and as it comes in.
func QuestionOf(r *http.Request, person string) Question {
	return Question{Method: r.Method, Path: r.URL.EscapedPath(), Person: person}
}

// functionClaims name the question as RFC 9449 names a request and the token that comes with it.
type functionClaims struct {
	jwt.RegisteredClaims
	Method string `json:"htm"`
	Path   string `json:"htu"`
	Person string `json:"ath,omitempty"`
}

// person is the digest by which a function's token names the person's, or "" if there is none.
func (q Question) person() string {
	if q.Person == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(q.Person))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// MintFunction makes the token by which the function of this name asks persist this question. The name is also in the
// key's id, so a function can speak only for itself.
func MintFunction(name string, q Question, keys PrivateKeys, now time.Time) (string, error) {
	if err := keys.belongTo(name); err != nil {
		return "", err
	}
	return mint(keys[:1], functionType, functionClaims{
		RegisteredClaims: registered(functionIssuer, functionAudience, name, now, functionLife),
		Method:           q.Method, Path: q.Path, Person: q.person(),
	})
}

// ReadFunction returns the function that asks this question with this token.
func ReadFunction(token string, q Question, keys PublicKeys, now time.Time) (string, error) {
	var c functionClaims
	if err := read(token, functionType, functionLife, &c, keys, functionIssuer, functionAudience, now); err != nil {
		return "", err
	}
	switch signer := events.KeyOwner(keyID(token)); {
	case signer != c.Subject:
		return "", fmt.Errorf("%w: %s signed for %s", ErrNotAccepted, signer, c.Subject)
	case c.Method != q.Method || c.Path != q.Path:
		return "", fmt.Errorf("%w: it is for another question", ErrNotAccepted)
	case c.Person != q.person():
		return "", fmt.Errorf("%w: it is for another person", ErrNotAccepted)
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
