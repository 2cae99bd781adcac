package auth_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
)

// sessions are those of one installation with two keys, of which the first signs.
func sessions(t *testing.T) auth.Sessions {
	t.Helper()
	keys := private(t, "alpha", "beta")
	return auth.Sessions{Issuer: "https://sign.example", Audience: "https://sign.example", Private: keys, Public: keys.Public()}
}

func rightHead() claims { return claims{"alg": "EdDSA", "typ": "at+jwt", "kid": "alpha"} }

func rightBody() claims {
	return claims{"iss": "https://sign.example", "aud": "https://sign.example", "sub": "u1", "jti": "1", "role": "manager",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
}

// notAccepted fails unless the token speaks for nobody.
func notAccepted(t *testing.T, s auth.Sessions, what, token string) {
	t.Helper()
	p, err := s.Read(token, now)
	if !errors.Is(err, auth.ErrNotAccepted) || p != (auth.Person{}) {
		t.Errorf("%s: speaks for %+v, %v", what, p, err)
	}
	if err != nil && len(token) > 40 && strings.Contains(err.Error(), token[:40]) {
		t.Errorf("%s: the error shows the token", what)
	}
}

func TestATokenSpeaksForWhoItWasMadeFor(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	for _, p := range []auth.Person{
		{Subject: "u1", Role: auth.Customer}, {Subject: "u2", Role: auth.Manager}, {Subject: "u3", Role: auth.Administrator},
		{Subject: "s1", Role: auth.SignerByLink, Contract: "abcdefghijklmnopqrstuvwxyz"},
	} {
		token, err := s.Mint(p, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Duration{0, -74 * time.Second, auth.SessionLife - time.Second, auth.SessionLife + 74*time.Second} {
			if got, err := s.Read(token, now.Add(at)); err != nil || got != p {
				t.Errorf("after %s: %+v, %v", at, got, err)
			}
		}
		for _, at := range []time.Duration{-76 * time.Second, auth.SessionLife + 76*time.Second, 24 * time.Hour} {
			if got, err := s.Read(token, now.Add(at)); err == nil {
				t.Errorf("after %s it still speaks for %+v", at, got)
			}
		}
		if another, _ := s.Mint(p, now); another == token {
			t.Error("two tokens are the same")
		}
	}
}

// TestTheForgersKnowHow: what the tests below forge is accepted once it is right, so that they refuse it for their
// own reason and no other.
func TestTheForgersKnowHow(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	for i, name := range []string{"alpha", "beta"} {
		token := forge(t, rightHead().changed(claims{"kid": name}), rightBody(), with(s.Private[i].Key()))
		if p, err := s.Read(token, now); err != nil || p.Subject != "u1" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestOtherAlgorithmsAreNotObeyed(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	public := s.Private[0].Key().Public().(ed25519.PublicKey)
	nothing := func([]byte) []byte { return nil }
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "none ", "HS256", "RS256", "ES256", "PS256", "Ed25519", "eddsa", "EDDSA", "EdDSA "} {
		notAccepted(t, s, alg+" unsigned", forge(t, rightHead().changed(claims{"alg": alg}), rightBody(), nothing))
		notAccepted(t, s, alg+" signed", forge(t, rightHead().changed(claims{"alg": alg}), rightBody(), with(s.Private[0].Key())))
	}
	notAccepted(t, s, "no algorithm", forge(t, rightHead().changed(claims{"alg": nil}), rightBody(), nothing))
	for alg, of := range map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New} {
		for form, secret := range map[string][]byte{
			"the public key": public, "its base64url": []byte(base64.RawURLEncoding.EncodeToString(public)), "its base64": []byte(base64.StdEncoding.EncodeToString(public)),
			"its setting": []byte("alpha:" + base64.RawURLEncoding.EncodeToString(public)), "nothing": {}, "secret": []byte("secret"),
		} {
			notAccepted(t, s, alg+" with "+form, forge(t, rightHead().changed(claims{"alg": alg}), rightBody(), func(text []byte) []byte {
				m := hmac.New(of, secret)
				m.Write(text)
				return m.Sum(nil)
			}))
		}
	}
}

// TestHeadsThatNameTheirOwnKey: the key is one of ours, by name; nothing in a token says where to get another.
func TestHeadsThatNameTheirOwnKey(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a key was fetched") }))
	t.Cleanup(canary.Close)
	_, foreign, _ := ed25519.GenerateKey(nil)
	jwk := claims{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(foreign.Public().(ed25519.PublicKey)), "kid": "alpha"}
	for what, change := range map[string]claims{
		"the right name": {}, "jwk": {"jwk": jwk}, "jku": {"jku": canary.URL}, "x5u": {"x5u": canary.URL}, "x5c": {"x5c": []string{"AA"}},
		"an unknown name": {"kid": "gamma"}, "no name": {"kid": nil}, "an empty name": {"kid": ""}, "a number": {"kid": 1}, "a list": {"kid": []string{"alpha"}},
		"an address": {"kid": canary.URL}, "a path": {"kid": "../../alpha"}, "/dev/null": {"kid": "/dev/null"}, "SQL": {"kid": "alpha' OR '1'='1"},
		"upper case": {"kid": "Alpha"}, "NUL": {"kid": "alpha\x00"}, "a command": {"kid": "alpha; sleep 9"},
	} {
		notAccepted(t, s, what, forge(t, rightHead().changed(change), rightBody(), with(foreign)))
	}
	notAccepted(t, s, "one key's name, the other's signature", forge(t, rightHead().changed(claims{"kid": "beta"}), rightBody(), with(s.Private[0].Key())))
}

func TestHeadsThatAreRightlySignedAndWrong(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	for what, head := range map[string]any{
		"a function's token": rightHead().changed(claims{"typ": "paraphe-question+jwt"}), "JWT": rightHead().changed(claims{"typ": "JWT"}),
		"no type": rightHead().changed(claims{"typ": nil}), "upper case": rightHead().changed(claims{"typ": "AT+JWT"}), "a list": rightHead().changed(claims{"typ": []string{"at+jwt"}}),
		"crit": rightHead().changed(claims{"crit": []string{"exp"}}), "an empty crit": rightHead().changed(claims{"crit": []string{}}),
		"crit of null": `{"alg":"EdDSA","typ":"at+jwt","kid":"alpha","crit":null}`, "b64": rightHead().changed(claims{"b64": false, "crit": []string{"b64"}}),
		"no object": `"x"`, "a list of one": "[]", "nothing": "",
	} {
		notAccepted(t, s, what, forge(t, head, rightBody(), with(s.Private[0].Key())))
	}
}

func TestClaimsThatAreRightlySignedAndWrong(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	for what, change := range map[string]claims{
		"expired": {"exp": now.Add(-76 * time.Second).Unix()}, "never expires": {"exp": nil}, "expires in words": {"exp": "tomorrow"}, "expires at zero": {"exp": 0},
		"expires below zero": {"exp": -1}, "not yet": {"nbf": now.Add(76 * time.Second).Unix()}, "of the future": {"iat": now.Add(76 * time.Second).Unix()},
		"lives longer than sessions do": {"exp": now.Add(auth.SessionLife + time.Second).Unix()}, "lived longer than sessions do": {"iat": now.Add(-auth.SessionLife).Unix()},
		"another issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": nil}, "the issuer and more": {"iss": "https://sign.example/"}, "issuers": {"iss": []string{"https://sign.example"}},
		"another audience": {"aud": "persist"}, "no audience": {"aud": nil}, "other audiences": {"aud": []string{"a", "b"}}, "an empty audience": {"aud": ""}, "no audiences": {"aud": []string{}},
		"no subject": {"sub": nil}, "an empty subject": {"sub": ""}, "a number as subject": {"sub": 7},
		"no role": {"role": nil}, "an unknown role": {"role": "root"}, "upper case": {"role": "Manager"}, "roles": {"role": []string{"manager"}},
		"a signer without a contract": {"role": "signer"}, "a signer of nothing": {"role": "signer", "contract": ""},
	} {
		notAccepted(t, s, what, forge(t, rightHead(), rightBody().changed(change), with(s.Private[0].Key())))
	}
	for what, body := range map[string]string{"nothing": "", "null": "null", "a list": "[]", "broken off": `{"sub":"u1"`, "twice": `{}{}`} {
		notAccepted(t, s, what, forge(t, rightHead(), body, with(s.Private[0].Key())))
	}
}

// TestAContractBindsSignersOnly: a claim that is not for the role is dropped, never half believed.
func TestAContractBindsSignersOnly(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	token := forge(t, rightHead(), rightBody().changed(claims{"contract": "abc"}), with(s.Private[0].Key()))
	if p, err := s.Read(token, now); err != nil || p.Contract != "" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestATokenThatWasTouchedIsNone(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	token, err := s.Mint(auth.Person{Subject: "u1", Role: auth.Manager}, now)
	if err != nil {
		t.Fatal(err)
	}
	for what, wrong := range misspellings(token) {
		notAccepted(t, s, what, wrong)
	}
	parts := strings.Split(token, ".")
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	for bit := range len(signature) * 8 {
		signature[bit/8] ^= 1 << (bit % 8)
		notAccepted(t, s, "bit", parts[0]+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString(signature))
		signature[bit/8] ^= 1 << (bit % 8)
	}
	for i := range token {
		notAccepted(t, s, "cut", token[:i])
	}
	promoted := strings.Replace(string(decoded(parts[1])), `"manager"`, `"administrator"`, 1)
	notAccepted(t, s, "promoted", parts[0]+"."+base64.RawURLEncoding.EncodeToString([]byte(promoted))+"."+parts[2])
}

func decoded(part string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(part)
	return b
}

func TestKeysOfSessionsRotate(t *testing.T) {
	t.Parallel()
	before := auth.Sessions{Issuer: "i", Audience: "a", Private: private(t, "alpha"), Public: private(t, "alpha").Public()}
	after := auth.Sessions{Issuer: "i", Audience: "a", Private: private(t, "beta", "alpha"), Public: private(t, "beta", "alpha").Public()}
	token, _ := before.Mint(auth.Person{Subject: "u1", Role: auth.Customer}, now)
	if _, err := after.Read(token, now); err != nil {
		t.Errorf("a token of the old key during the rotation: %v", err)
	}
	fresh, _ := after.Mint(auth.Person{Subject: "u1", Role: auth.Customer}, now)
	notAccepted(t, before, "a key that is not known yet", fresh)
	if _, err := (auth.Sessions{}).Mint(auth.Person{Subject: "u1"}, now); err == nil {
		t.Error("minted without a key")
	}
}
