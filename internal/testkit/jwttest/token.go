// Package jwttest makes valid and forged tokens for the tests of every verifier. It shares no code with the verifiers: a
// mistake made in both would never be found.
package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"time"
)

// Target describes the tokens that one verifier accepts.
type Target struct {
	Key                crypto.Signer // that the verifier trusts
	Algorithm          string        // EdDSA, RS256 or ES256
	KeyID              string
	Type               string
	Issuer             string
	Audience           string
	Subject            string
	Claims             Claims // further ones
	Now                time.Time
	AllowsAudienceList bool // whether aud may be a list that contains the right audience
}

// Claims are what stands in one part of a token: a map, so that any of them can be absent or odd.
type Claims map[string]any

// With returns a copy with these fields set; a nil value takes the field out.
func (c Claims) With(change Claims) Claims {
	out := Claims{}
	for _, from := range []Claims{c, change} {
		for name, value := range from {
			if out[name] = value; value == nil {
				delete(out, name)
			}
		}
	}
	return out
}

// Header is the header of a valid token.
func (t Target) Header() Claims { return Claims{"alg": t.Algorithm, "typ": t.Type, "kid": t.KeyID} }

// ValidClaims are the claims of a valid token.
func (t Target) ValidClaims() Claims {
	return Claims{
		"iss": t.Issuer, "aud": t.Audience, "sub": t.Subject, "jti": rand.Text(),
		"iat": t.Now.Unix(), "nbf": t.Now.Unix(), "exp": t.Now.Add(time.Minute).Unix(),
	}.With(t.Claims)
}

// Valid is a token that the verifier accepts: the control of every test of forged ones.
func (t Target) Valid() string { return t.Token(t.Header(), t.ValidClaims(), t.Key) }

// Token puts a token together and signs it as the holder of key does. A part that is a string is taken as its JSON.
func (t Target) Token(head, body any, key crypto.Signer) string {
	text := part(head) + "." + part(body)
	return text + "." + encode(sign(key, []byte(text)))
}

func part(v any) string {
	if raw, already := v.(string); already {
		return encode([]byte(raw))
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // claims of the tests are JSON
	}
	return encode(text)
}

var encode = base64.RawURLEncoding.EncodeToString

// sign signs with what the kind of key is made for (RFC 7518 §3, RFC 8037 §3.1).
func sign(key crypto.Signer, text []byte) []byte {
	digest := sha256.Sum256(text)
	var signature []byte
	var err error
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(k, text)
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, k, digest[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	}
	if err != nil {
		panic(err) // good keys sign
	}
	return signature
}
