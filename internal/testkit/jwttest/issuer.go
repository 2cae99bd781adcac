package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Issuer stands in for an identity provider: it publishes keys, and counts how often it is asked for them.
type Issuer struct {
	Address string // of its JWKS

	server *httptest.Server
	mu     sync.Mutex
	set    []Claims
	asked  int
	down   bool
}

// NewIssuer starts one that has no key yet. Close ends it.
func NewIssuer() *Issuer {
	i := &Issuer{set: []Claims{}}
	i.server = httptest.NewServer(i)
	i.Address = i.server.URL + "/keys"
	return i
}

// Close ends it.
func (i *Issuer) Close() { i.server.Close() }

// ServeHTTP answers with the keys.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	if i.down {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": i.set}) // a client that went away asks again
}

// Publish replaces the keys by these: one key and what else its JWK says.
func (i *Issuer) Publish(keys ...Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.set = keys
}

// Down makes it answer 500, or no longer.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Asked is how often it was asked for its keys.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// NewKey makes a key for one of RS256, ES256 and EdDSA.
func NewKey(algorithm string) crypto.Signer {
	var key crypto.Signer
	var err error
	switch algorithm {
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(nil)
	}
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return key
}

// JWK is the public half of a key as an issuer publishes it (RFC 7518 §6, RFC 8037 §2).
func JWK(kid string, key crypto.Signer, further Claims) Claims {
	jwk := Claims{"kid": kid}
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", encode(public)
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", encode(public.N.Bytes()), "AQAB"
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y (SEC 1 §2.3.3)
		if err != nil {
			panic(err) // the curve is one that NewKey takes
		}
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", encode(point[1:33]), encode(point[33:])
	}
	return jwk.With(further)
}
