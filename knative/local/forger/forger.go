// Package forger makes tokens as attackers do, for the tests of every door that takes some. It shares nothing with the
// code that reads them: what both got wrong alike would never be found.
package forger

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

// Door is what a token must be to open one door.
type Door struct {
	Key       crypto.Signer // the one that the door trusts
	Algorithm string        // EdDSA, RS256 or ES256
	KeyID     string
	Type      string
	Issuer    string
	Audience  string
	Subject   string
	Claims    Claims // further ones
	Now       time.Time
	Lists     bool // whether a list of audiences opens it if the right one is among them
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

// Head is the header of a right token.
func (d Door) Head() Claims { return Claims{"alg": d.Algorithm, "typ": d.Type, "kid": d.KeyID} }

// Body is what a right token claims.
func (d Door) Body() Claims {
	return Claims{
		"iss": d.Issuer, "aud": d.Audience, "sub": d.Subject, "jti": rand.Text(),
		"iat": d.Now.Unix(), "nbf": d.Now.Unix(), "exp": d.Now.Add(time.Minute).Unix(),
	}.With(d.Claims)
}

// Right is a token that opens the door: without it, nobody knows why the others do not.
func (d Door) Right() string { return d.Token(d.Head(), d.Body(), d.Key) }

// Token puts a token together and signs it as the holder of key does. A part that is a string is taken as its JSON.
func (d Door) Token(head, body any, key crypto.Signer) string {
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
