package forger

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

// Forgeries are tokens that must not open the door, by what is wrong with each. Elsewhere is an address that some of
// them name as the place of their key: nobody may ever ask there.
func (d Door) Forgeries(elsewhere string) map[string]string {
	all := map[string]string{}
	for _, kind := range []map[string]string{d.unsigned(), d.confused(), d.ownKeys(elsewhere), d.heads(), d.bodies(), d.moments(), d.spellings()} {
		maps.Copy(all, kind)
	}
	return all
}

// unsigned are those of CVE-2015-9235 and its kin: a header that says that nothing needs to be signed.
func (d Door) unsigned() map[string]string {
	all := map[string]string{}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", "", "HS256", "RS256", "ES256", "PS256", "EdDSA"} {
		text := part(d.Head().With(Claims{"alg": alg})) + "." + part(d.Body()) + "."
		all["unsigned as "+alg], all["unsigned as "+alg+", without its last dot"] = text, strings.TrimSuffix(text, ".")
	}
	all["no algorithm"] = d.Token(d.Head().With(Claims{"alg": nil}), d.Body(), d.Key)
	return all
}

// confused are signed with the public key as if it were a secret (CVE-2016-10555), or with the right key under the
// name of another algorithm.
func (d Door) confused() map[string]string {
	all := map[string]string{}
	der, err := x509.MarshalPKIXPublicKey(d.Key.Public())
	if err != nil {
		panic(err) // good keys have a form
	}
	secrets := map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "base64": []byte(base64.StdEncoding.EncodeToString(der)), "nothing": {},
	}
	if raw, is := d.Key.Public().(ed25519.PublicKey); is {
		secrets["bytes"], secrets["base64url"] = raw, []byte(encode(raw))
	}
	for form, secret := range secrets {
		text := part(d.Head().With(Claims{"alg": "HS256"})) + "." + part(d.Body())
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(text))
		all["HS256 with the public key as "+form] = text + "." + encode(m.Sum(nil))
	}
	for _, alg := range []string{"EdDSA", "eddsa", "Ed25519", "RS256", "rs256", "RS512", "PS256", "ES256", "ES384", "HS256", "none", "RSA1_5", "dir"} {
		if alg != d.Algorithm {
			all["rightly signed as "+alg] = d.Token(d.Head().With(Claims{"alg": alg}), d.Body(), d.Key)
		}
	}
	return all
}

// ownKeys are signed with a key of the attacker's, which the header offers or says where to find (RFC 8725 §3.10).
func (d Door) ownKeys(elsewhere string) map[string]string {
	all := map[string]string{}
	key := d.foreign()
	jwk := Claims{"kty": "OKP", "crv": "Ed25519", "x": encode(make([]byte, 32)), "kid": d.KeyID}
	if raw, is := key.Public().(ed25519.PublicKey); is {
		jwk["x"] = encode(raw)
	}
	for what, change := range map[string]Claims{
		"the right name": {}, "jwk": {"jwk": jwk}, "jku": {"jku": elsewhere}, "x5u": {"x5u": elsewhere}, "x5c": {"x5c": []string{"AA=="}},
		"an address": {"kid": elsewhere}, "a path": {"kid": "../../../../dev/null"}, "/dev/null": {"kid": "/dev/null"}, "SQL": {"kid": "x' UNION SELECT 'secret"},
		"a command": {"kid": d.KeyID + "|sleep 9"}, "NUL": {"kid": d.KeyID + "\x00"}, "an empty name": {"kid": ""}, "no name": {"kid": nil},
		"a number": {"kid": 1}, "a list": {"kid": []string{d.KeyID}}, "an unknown name": {"kid": "another"},
	} {
		all["another key by "+what] = d.Token(d.Head().With(change), d.Body(), key)
	}
	return all
}

// foreign is a key of the same kind that nobody trusts.
func (d Door) foreign() crypto.Signer {
	var key crypto.Signer
	var err error
	switch d.Key.(type) {
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

// heads are rightly signed under a header that asks for more than is understood, or says two things.
func (d Door) heads() map[string]string {
	all := map[string]string{}
	for what, head := range map[string]any{
		"crit": d.Head().With(Claims{"crit": []string{"exp"}}), "an empty crit": d.Head().With(Claims{"crit": []string{}}),
		"b64": d.Head().With(Claims{"b64": false, "crit": []string{"b64"}}), "another type": d.Head().With(Claims{"typ": "logout+jwt"}),
		"a list of types": d.Head().With(Claims{"typ": []string{d.Type}}), "no object": "[]", "nothing": "", "null": "null",
		"alg twice":       fmt.Sprintf(`{"alg":"none","typ":%q,"kid":%q,"alg":%q}`, d.Type, d.KeyID, d.Algorithm),
		"kid in two ways": fmt.Sprintf(`{"alg":%q,"typ":%q,"KID":"another","kid":%q}`, d.Algorithm, d.Type, d.KeyID),
	} {
		all["a header with "+what] = d.Token(head, d.Body(), d.Key)
	}
	return all
}

// bodies are rightly signed and claim what must not be believed.
func (d Door) bodies() map[string]string {
	all := map[string]string{}
	for what, change := range map[string]Claims{
		"expired": {"exp": d.Now.Add(-2 * time.Minute).Unix()}, "never expires": {"exp": nil}, "expires in words": {"exp": "tomorrow"}, "expires at zero": {"exp": 0},
		"not yet": {"nbf": d.Now.Add(2 * time.Minute).Unix()}, "made in the future": {"iat": d.Now.Add(2 * time.Minute).Unix()},
		"another issuer": {"iss": "https://evil.example"}, "the issuer and more": {"iss": d.Issuer + "/"}, "no issuer": {"iss": nil}, "issuers": {"iss": []string{d.Issuer}},
		"another audience": {"aud": "elsewhere"}, "other audiences": {"aud": []string{"a", "b"}}, "no audience": {"aud": nil}, "an empty audience": {"aud": ""},
		"no audiences": {"aud": []string{}}, "an object as audience": {"aud": Claims{d.Audience: true}},
		"no subject": {"sub": nil}, "an empty subject": {"sub": ""}, "a number as subject": {"sub": 7},
	} {
		all[what] = d.Token(d.Head(), d.Body().With(change), d.Key)
	}
	if !d.Lists {
		all["the audience among others"] = d.Token(d.Head(), d.Body().With(Claims{"aud": []string{d.Audience, "elsewhere"}}), d.Key)
	}
	right := strings.TrimSuffix(mustJSON(d.Body()), "}")
	all["a subject twice"] = d.Token(d.Head(), right+`,"sub":"admin"}`, d.Key)
	all["a subject in two ways"] = d.Token(d.Head(), right+`,"Sub":"admin"}`, d.Key)
	all["an expiry twice"] = d.Token(d.Head(), right+`,"exp":99999999999}`, d.Key)
	all["not UTF-8"] = d.Token(d.Head(), right+",\"x\":\"\xff\"}", d.Key)
	for what, body := range map[string]string{"nothing": "", "null": "null", "a list": "[]", "broken off": right, "twice": right + "}{}"} {
		all["as its claims "+what] = d.Token(d.Head(), body, d.Key)
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

// spellings are other ways of writing a token that was right.
func (d Door) spellings() map[string]string {
	token := d.Right()
	parts := strings.Split(token, ".")
	all := map[string]string{
		"nothing": "", "dots": "..", "no signature": parts[0] + "." + parts[1], "an empty signature": parts[0] + "." + parts[1] + ".",
		"half a signature": token[:len(token)-len(parts[2])/2], "cut in its claims": token[:len(parts[0])+len(parts[1])/2], "a part more": token + ".x",
		"padded": token + "==", "swapped": parts[1] + "." + parts[0] + "." + parts[2], "twice": token + token, "with its scheme": "Bearer " + token,
		"zeros as signature": parts[0] + "." + parts[1] + "." + encode(make([]byte, 64)), "another's signature": parts[0] + "." + parts[1] + "." + strings.Split(d.Token(d.Head(), d.Body().With(Claims{"jti": "another"}), d.Key), ".")[2],
		"as JSON": `{"payload":"` + parts[1] + `","signatures":[]}`, "huge": d.Token(d.Head(), d.Body().With(Claims{"x": strings.Repeat("A", 30_000)}), d.Key),
		"a flood of dots": strings.Repeat(".", 30_000), "as JWE": parts[0] + "." + parts[1] + ".a.b.c",
	}
	return all
}
