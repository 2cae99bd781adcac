package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// OIDC reads the tokens of an OpenID Connect issuer that the operator trusts to say who somebody is and which role
// they have: Keycloak, Auth0, Entra. Such a token is accepted by one call only, where it is exchanged for a session of ours.
type OIDC struct {
	Issuer        string // as its tokens write it, to the letter
	Audience      string
	RoleClaim     string // "roles", or a path: "realm_access.roles"
	VerifiedClaim string // says that the address in "email" was verified
	Roles         RoleNames
	Keys          Keys
}

// Identity is what an issuer says of a person.
type Identity struct {
	Subject string
	Role    Role
	Email   string // empty unless the issuer has verified it
	Name    string
	Locale  string
}

// ErrNoRole says that the token is good, and that its person has no role here.
var ErrNoRole = errors.New("the token names no role of ours")

// oidcTokenLimit bounds what is parsed. Those of issuers that write down every group have a few thousand bytes.
const oidcTokenLimit = 16 << 10

// oidcTokenLife is the longest lifetime of an issuer's token: ID and access tokens that are exchanged here live for minutes
// or hours, and each has to say when it was made (OpenID Connect Core 1.0 §2, RFC 9068 §2.2).
const oidcTokenLife = 24 * time.Hour

// oidcTokenTypes are the types of ID and access tokens (RFC 9068 §2.1; many issuers say JWT, or nothing). Every other kind
// of token of the issuer is for something else (RFC 8725 §3.11).
var oidcTokenTypes = []string{"", "jwt", "at+jwt", "application/at+jwt"}

// Read returns who the token speaks for. Its error is ErrNotAccepted, ErrNoRole or function.Unavailable, with the cause
// wrapped for the log.
func (o *OIDC) Read(ctx context.Context, token string, now time.Time) (Identity, error) {
	if why := illFormed(token); why != "" || len(token) > oidcTokenLimit {
		return Identity{}, fmt.Errorf("%w: %d bytes; %s", ErrNotAccepted, len(token), why)
	}
	claims := jwt.MapClaims{} // and not a struct: encoding/json would take "EMAIL" for "email"
	methods := slices.Concat(rsaMethods, []string{"ES256", "ES384", "ES512", "EdDSA"})
	parser := jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithIssuer(o.Issuer), jwt.WithAudience(o.Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	var away error
	_, err := parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		key, err := o.keyFor(ctx, t)
		if errors.Is(err, errNoKeys) {
			away = err
		}
		return key, err
	})
	switch {
	case away != nil:
		return Identity{}, away
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	if err := checkLifetime(token, oidcTokenLife); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	return o.identity(claims)
}

func (o *OIDC) identity(claims jwt.MapClaims) (Identity, error) {
	subject, err := claims.GetSubject()
	if err != nil || subject == "" || len(subject) > 255 { // OpenID Connect Core 1.0 §2
		return Identity{}, fmt.Errorf("%w: its subject", ErrNotAccepted)
	}
	who := Identity{Subject: subject, Name: text(claims["name"]), Locale: text(claims["locale"])}
	if verified(claims[o.VerifiedClaim]) {
		who.Email = text(claims["email"])
	}
	role, has := o.Roles.of(held(claims, o.RoleClaim))
	if !has {
		return Identity{}, ErrNoRole
	}
	who.Role = role
	return who, nil
}

func text(claim any) string { s, _ := claim.(string); return s }

// verified takes true, and the two spellings of it that issuers use in place of a boolean (Entra: xms_edov).
func verified(claim any) bool {
	return claim == true || claim == "true" || claim == "1" || claim == float64(1)
}

// keyFor finds the issuer's key and requires that the token's algorithm is one that the key is made for: the kind of
// key decides, never the header (RFC 8725 §3.1).
func (o *OIDC) keyFor(ctx context.Context, t *jwt.Token) (any, error) {
	if typ, given := t.Header["typ"]; given && !slices.Contains(oidcTokenTypes, strings.ToLower(text(typ))) || given && text(typ) == "" {
		return nil, fmt.Errorf("type %v", typ)
	}
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("critical header")
	}
	kid := text(t.Header["kid"])
	if kid == "" {
		return nil, errors.New("no key named")
	}
	key, declared, err := o.Keys.Find(ctx, kid)
	if err != nil {
		return nil, err
	}
	if alg := t.Method.Alg(); !slices.Contains(methodsOf(key), alg) || declared != "" && declared != alg {
		return nil, fmt.Errorf("the key is not for %s", alg)
	}
	return key, nil
}

var rsaMethods = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}

// methodsOf is what a key may be used with (RFC 7518 §3, RFC 8037 §3.1). RSA keys have 2048 bits at least.
func methodsOf(key any) []string {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return algorithms
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return rsaMethods
		}
	case *ecdsa.PublicKey:
		return map[elliptic.Curve][]string{elliptic.P256(): {"ES256"}, elliptic.P384(): {"ES384"}, elliptic.P521(): {"ES512"}}[k.Curve]
	}
	return nil
}
