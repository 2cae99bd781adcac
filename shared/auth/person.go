// Package auth says who calls: people by their session tokens, functions by their own, and signature
// services by the sealed message that they give back.
package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/paraphe/paraphe/shared/strictjson"
)

// Role is what a person is to the system. What a person may do with one contract is not decided by the role alone.
type Role string

const (
	Customer      Role = "customer"      // signs, and reads what concerns them
	Manager       Role = "manager"       // makes contracts and owns them
	Administrator Role = "administrator" // keeps users and what is stuck; sees that contracts exist
	SignerByLink  Role = "signer"        // has no account: came by the link in a notification, for one contract only
)

// Person is who a session token speaks for.
type Person struct {
	Subject  string // user id; for SignerByLink the signer's id
	Role     Role
	Contract string // the only contract that a SignerByLink sees; empty for all others
	Epoch    int64  // of the account: its tokens end when it counts up; 0 for a SignerByLink
}

// SessionLife is how long an access token is accepted.
const SessionLife = 10 * time.Minute

// leeway allows for clocks of two pods that differ by a minute, and for the way between them.
const leeway = 75 * time.Second

// ErrNotAccepted is all that a caller learns about a token that is not good.
var ErrNotAccepted = errors.New("the token is not accepted")

// algorithms is fixed by our keys and never taken from a token's header (RFC 8725 §3.1).
var algorithms = []string{jwt.SigningMethodEdDSA.Alg()}

// personClaims are the claims of an access token: those of RFC 7519 and what the person is.
type personClaims struct {
	jwt.RegisteredClaims
	Role     Role   `json:"role"`
	Contract string `json:"contract,omitempty"`
	Epoch    int64  `json:"epoch,omitempty"`
}

// Sessions mints and reads access tokens. Issuer and Audience bind them to one installation.
type Sessions struct {
	Issuer   string
	Audience string
	Private  PrivateKeys // empty where tokens are only read
	Public   PublicKeys  // if nil, the public halves of Private
}

// Keys are what tokens are read with.
func (s Sessions) Keys() PublicKeys {
	if s.Public != nil {
		return s.Public
	}
	return s.Private.Public()
}

// Mint makes an access token for p, good for SessionLife from now.
func (s Sessions) Mint(p Person, now time.Time) (string, error) {
	claims := personClaims{RegisteredClaims: registered(s.Issuer, s.Audience, p.Subject, now, SessionLife), Role: p.Role, Contract: p.Contract, Epoch: p.Epoch}
	return mint(s.Private, "at+jwt", claims) // the type of RFC 9068, so that no other kind of token passes for it
}

// Read returns who the token speaks for. Its error is always ErrNotAccepted, with the cause wrapped for the log.
func (s Sessions) Read(token string, now time.Time) (Person, error) {
	var c personClaims
	if err := read(token, "at+jwt", SessionLife, &c, s.Keys(), s.Issuer, s.Audience, now); err != nil {
		return Person{}, err
	}
	switch c.Role {
	case Customer, Manager, Administrator:
		return Person{Subject: c.Subject, Role: c.Role, Epoch: c.Epoch}, nil
	case SignerByLink:
		if c.Contract != "" {
			return Person{Subject: c.Subject, Role: c.Role, Contract: c.Contract}, nil
		}
	}
	return Person{}, fmt.Errorf("%w: role %q", ErrNotAccepted, c.Role)
}

func registered(issuer, audience, subject string, now time.Time, life time.Duration) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: subject, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
	}
}

func mint(keys PrivateKeys, typ string, claims jwt.Claims) (string, error) {
	if len(keys) == 0 {
		return "", errors.New("no key to sign tokens with")
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	t.Header["kid"], t.Header["typ"] = keys[0].ID, typ
	return t.SignedString(keys[0].Key())
}

// tokenLimit bounds what is parsed at all. Ours are under 500 bytes.
const tokenLimit = 4096

func read(token, typ string, longest time.Duration, claims jwt.Claims, keys PublicKeys, issuer, audience string, now time.Time) error {
	if len(token) > tokenLimit {
		return fmt.Errorf("%w: %d bytes", ErrNotAccepted, len(token))
	}
	if why := illFormed(token); why != "" {
		return fmt.Errorf("%w: %s", ErrNotAccepted, why)
	}
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) { return keyFor(t, typ, keys) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	if err := checkLifetime(token, longest); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	if subject, err := claims.GetSubject(); err != nil || subject == "" {
		return fmt.Errorf("%w: no subject", ErrNotAccepted)
	}
	if meant, err := claims.GetAudience(); err != nil || len(meant) != 1 { // ours are each made for one audience
		return fmt.Errorf("%w: several audiences", ErrNotAccepted)
	}
	return nil
}

// illFormed says why a token could be read in two ways, or "": RFC 8725 §3.7 wants UTF-8, and RFC 7515 §4 and RFC 7519
// §4 want each name once.
func illFormed(token string) string {
	if strings.ContainsAny(token, "\r\n") { // Go's base64 passes over them
		return "a line end in it"
	}
	parts := strings.Split(token, ".")
	for _, part := range parts[:min(2, len(parts))] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return "not base64url"
		}
		if _, twice := strictjson.RepeatedName(raw); twice || !utf8.Valid(raw) {
			return "a name twice, or not UTF-8"
		}
	}
	return ""
}

// keyFor picks the key by kid out of the configured ones: kid is a map key and nothing else, and no address or key
// in the header is ever looked at (RFC 8725 §3.10).
func keyFor(t *jwt.Token, typ string, keys PublicKeys) (any, error) {
	if t.Header["typ"] != typ {
		return nil, fmt.Errorf("type %v", t.Header["typ"])
	}
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("critical header") // we understand no extension, so RFC 7515 §4.1.11 asks to refuse
	}
	kid, _ := t.Header["kid"].(string)
	key, known := keys[kid]
	if !known {
		return nil, errors.New("unknown key")
	}
	return key, nil
}
