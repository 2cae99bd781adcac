package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/jwttest"
	"github.com/paraphe/paraphe/shared/auth"
)

// canary is an address that nobody may ask for a key.
func canary(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a key was fetched from where a token said") }))
	t.Cleanup(s.Close)
	return s.URL
}

// people is the target of session tokens.
func people(t testing.TB, s auth.Sessions) jwttest.Target {
	t.Helper()
	return jwttest.Target{Key: s.Private[0].Key(), Algorithm: "EdDSA", KeyID: "alpha", Type: "at+jwt", Issuer: s.Issuer, Audience: s.Audience,
		Subject: "u1", Claims: jwttest.Claims{"role": "manager", "jti": "1"}, Now: now}
}

func TestNoForgeryIsAPersonOrAFunction(t *testing.T) {
	t.Parallel()
	s := sessions(t)
	target := people(t, s)
	if p, err := s.Read(target.Valid(), now); err != nil || p.Subject != "u1" {
		t.Fatalf("what is forged here is not even right: %v", err)
	}
	for what, token := range target.Forgeries(canary(t)) {
		notAccepted(t, s, what, token)
	}
	target = jwttest.Target{Key: private(t, "send-mail")[0].Key(), Algorithm: "EdDSA", KeyID: "send-mail", Type: "paraphe-question+jwt",
		Issuer: "paraphe-functions", Audience: "persist", Subject: "send-mail", Claims: jwttest.Claims{"htm": "GET", "htu": "/contracts/c1"}, Now: now}
	if name, err := auth.ReadFunction(target.Valid(), question, functionKeys(t), now); err != nil || name != "send-mail" {
		t.Fatalf("what is forged here is not even right: %v", err)
	}
	for what, token := range target.Forgeries(canary(t)) {
		notAFunction(t, what, token, now)
	}
}

// FuzzRead looks for text that speaks for somebody without being a token that the key signed.
func FuzzRead(f *testing.F) {
	keys := auth.PrivateKeys{}
	if err := keys.Decode("alpha:" + seed('a')); err != nil {
		f.Fatal(err)
	}
	s := auth.Sessions{Issuer: "https://sign.example", Audience: "https://sign.example", Private: keys, Public: keys.Public()}
	target := people(f, s)
	real := target.Valid()
	f.Add(real)
	for _, token := range target.Forgeries("https://evil.example/keys") {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := s.Read(token, now)
		if err != nil {
			if p != (auth.Person{}) {
				t.Errorf("refused, and yet it speaks for %+v", p)
			}
			return
		}
		if token != real || p.Subject != "u1" || p.Role != auth.Manager {
			t.Errorf("%q speaks for %+v", token, p)
		}
		if _, err := auth.ReadFunction(token, question, s.Public, now); err == nil || strings.ContainsAny(token, "\r\n") {
			t.Errorf("%q is more than one thing", token)
		}
		if _, err := s.Read(token, now.Add(time.Hour)); err == nil {
			t.Errorf("%q never ends", token)
		}
	})
}
