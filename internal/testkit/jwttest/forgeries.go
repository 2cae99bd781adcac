package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Forgeries are tokens that the verifier must refuse, by what is wrong with each. Elsewhere is an address that some of
// them name as the place of their key: nobody may ever ask there.
func (t Target) Forgeries(elsewhere string) map[string]string {
	all := map[string]string{}
	for _, kind := range []map[string]string{t.unsigned(), t.confused(), t.ownKeys(elsewhere), t.headers(), t.claims(), t.times(), t.encodings()} {
		maps.Copy(all, kind)
	}
	return all
}

// unsigned are those of CVE-2015-9235 and its kin: a header that says that nothing needs to be signed.
func (t Target) unsigned() map[string]string {
	all := map[string]string{}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", "", "HS256", "RS256", "ES256", "PS256", "EdDSA"} {
		text := part(t.Header().With(Claims{"alg": alg})) + "." + part(t.ValidClaims()) + "."
		all["unsigned as "+alg], all["unsigned as "+alg+", without its last dot"] = text, strings.TrimSuffix(text, ".")
	}
	all["no algorithm"] = t.Token(t.Header().With(Claims{"alg": nil}), t.ValidClaims(), t.Key)
	return all
}

// confused are signed with the public key as if it were a secret (CVE-2016-10555), or with the right key under the
// name of another algorithm.
func (t Target) confused() map[string]string {
	all := map[string]string{}
	der, err := x509.MarshalPKIXPublicKey(t.Key.Public())
	if err != nil {
		panic(err) // good keys have a form
	}
	secrets := map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "base64": []byte(base64.StdEncoding.EncodeToString(der)), "nothing": {},
	}
	if raw, is := t.Key.Public().(ed25519.PublicKey); is {
		secrets["bytes"], secrets["base64url"] = raw, []byte(encode(raw))
	}
	for form, secret := range secrets {
		text := part(t.Header().With(Claims{"alg": "HS256"})) + "." + part(t.ValidClaims())
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(text))
		all["HS256 with the public key as "+form] = text + "." + encode(m.Sum(nil))
	}
	for _, alg := range []string{"EdDSA", "eddsa", "Ed25519", "RS256", "rs256", "RS512", "PS256", "ES256", "ES384", "HS256", "none", "RSA1_5", "dir"} {
		if alg != t.Algorithm {
			all["rightly signed as "+alg] = t.Token(t.Header().With(Claims{"alg": alg}), t.ValidClaims(), t.Key)
		}
	}
	return all
}

// ownKeys are signed with a key of the attacker's, which the header offers or says where to find (RFC 8725 §3.10).
func (t Target) ownKeys(elsewhere string) map[string]string {
	all := map[string]string{}
	key := t.foreign()
	jwk := Claims{"kty": "OKP", "crv": "Ed25519", "x": encode(make([]byte, 32)), "kid": t.KeyID}
	if raw, is := key.Public().(ed25519.PublicKey); is {
		jwk["x"] = encode(raw)
	}
	for what, change := range map[string]Claims{
		"the right name": {}, "jwk": {"jwk": jwk}, "jku": {"jku": elsewhere}, "x5u": {"x5u": elsewhere}, "x5c": {"x5c": []string{"AA=="}},
		"an address": {"kid": elsewhere}, "a path": {"kid": "../../../../dev/null"}, "/dev/null": {"kid": "/dev/null"}, "SQL": {"kid": "x' UNION SELECT 'secret"},
		"a command": {"kid": t.KeyID + "|sleep 9"}, "NUL": {"kid": t.KeyID + "\x00"}, "an empty name": {"kid": ""}, "no name": {"kid": nil},
		"a number": {"kid": 1}, "a list": {"kid": []string{t.KeyID}}, "an unknown name": {"kid": "another"},
	} {
		all["another key by "+what] = t.Token(t.Header().With(change), t.ValidClaims(), key)
	}
	return all
}

// foreign is a key of the same kind that nobody trusts.
func (t Target) foreign() crypto.Signer {
	var key crypto.Signer
	var err error
	switch t.Key.(type) {
	case *rsa.PrivateKey:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case *ecdsa.PrivateKey:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(nil)
	}
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return key
}

// headers are rightly signed under a header that asks for more than is understood, or says two things.
func (t Target) headers() map[string]string {
	all := map[string]string{}
	for what, head := range map[string]any{
		"crit": t.Header().With(Claims{"crit": []string{"exp"}}), "an empty crit": t.Header().With(Claims{"crit": []string{}}),
		"b64": t.Header().With(Claims{"b64": false, "crit": []string{"b64"}}), "another type": t.Header().With(Claims{"typ": "logout+jwt"}),
		"a list of types": t.Header().With(Claims{"typ": []string{t.Type}}), "no object": "[]", "nothing": "", "null": "null",
		"alg twice":       fmt.Sprintf(`{"alg":"none","typ":%q,"kid":%q,"alg":%q}`, t.Type, t.KeyID, t.Algorithm),
		"kid in two ways": fmt.Sprintf(`{"alg":%q,"typ":%q,"KID":"another","kid":%q}`, t.Algorithm, t.Type, t.KeyID),
	} {
		all["a header with "+what] = t.Token(head, t.ValidClaims(), t.Key)
	}
	return all
}

// claims are rightly signed and claim what must not be believed.
func (t Target) claims() map[string]string {
	all := map[string]string{}
	for what, change := range map[string]Claims{
		"expired": {"exp": t.Now.Add(-2 * time.Minute).Unix()}, "never expires": {"exp": nil}, "expires in words": {"exp": "tomorrow"}, "expires at zero": {"exp": 0},
		"not yet": {"nbf": t.Now.Add(2 * time.Minute).Unix()}, "made in the future": {"iat": t.Now.Add(2 * time.Minute).Unix()},
		"another issuer": {"iss": "https://evil.example"}, "the issuer and more": {"iss": t.Issuer + "/"}, "no issuer": {"iss": nil}, "issuers": {"iss": []string{t.Issuer}},
		"another audience": {"aud": "elsewhere"}, "other audiences": {"aud": []string{"a", "b"}}, "no audience": {"aud": nil}, "an empty audience": {"aud": ""},
		"no audiences": {"aud": []string{}}, "an object as audience": {"aud": Claims{t.Audience: true}},
		"no subject": {"sub": nil}, "an empty subject": {"sub": ""}, "a number as subject": {"sub": 7},
	} {
		all[what] = t.Token(t.Header(), t.ValidClaims().With(change), t.Key)
	}
	if !t.AllowsAudienceList {
		all["the audience among others"] = t.Token(t.Header(), t.ValidClaims().With(Claims{"aud": []string{t.Audience, "elsewhere"}}), t.Key)
	}
	right := strings.TrimSuffix(mustJSON(t.ValidClaims()), "}")
	all["a subject twice"] = t.Token(t.Header(), right+`,"sub":"admin"}`, t.Key)
	all["a subject in two ways"] = t.Token(t.Header(), right+`,"Sub":"admin"}`, t.Key)
	all["an expiry twice"] = t.Token(t.Header(), right+`,"exp":99999999999}`, t.Key)
	all["not UTF-8"] = t.Token(t.Header(), right+",\"x\":\"\xff\"}", t.Key)
	for what, body := range map[string]string{"nothing": "", "null": "null", "a list": "[]", "broken off": right, "twice": right + "}{}"} {
		all["as its claims "+what] = t.Token(t.Header(), body, t.Key)
	}
	return all
}

func mustJSON(c Claims) string {
	text, err := base64.RawURLEncoding.DecodeString(part(c))
	if err != nil {
		panic(err) // it was encoded a moment ago
	}
	return string(text)
}

// encodings are other ways of writing a token that was right.
func (t Target) encodings() map[string]string {
	token := t.Valid()
	parts := strings.Split(token, ".")
	all := map[string]string{
		"nothing": "", "dots": "..", "no signature": parts[0] + "." + parts[1], "an empty signature": parts[0] + "." + parts[1] + ".",
		"half a signature": token[:len(token)-len(parts[2])/2], "cut in its claims": token[:len(parts[0])+len(parts[1])/2], "a part more": token + ".x",
		"padded": token + "==", "swapped": parts[1] + "." + parts[0] + "." + parts[2], "twice": token + token, "with its scheme": "Bearer " + token,
		"zeros as signature": parts[0] + "." + parts[1] + "." + encode(make([]byte, 64)), "another's signature": parts[0] + "." + parts[1] + "." + strings.Split(t.Token(t.Header(), t.ValidClaims().With(Claims{"jti": "another"}), t.Key), ".")[2],
		"as JSON": `{"payload":"` + parts[1] + `","signatures":[]}`, "huge": t.Token(t.Header(), t.ValidClaims().With(Claims{"x": strings.Repeat("A", 30_000)}), t.Key),
		"a flood of dots": strings.Repeat(".", 30_000), "as JWE": parts[0] + "." + parts[1] + ".a.b.c",
	}
	return all
}
