package orchestrate

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/jwttest"
)

// personal is the door that a session of marie's opens.
func (o *office) personal() jwttest.Target {
	return jwttest.Target{Key: o.sessions.Private[0].Key(), Algorithm: "EdDSA", KeyID: "session", Type: "at+jwt", Issuer: o.sessions.Issuer,
		Audience: o.sessions.Audience, Subject: "marie", Claims: jwttest.Claims{"role": "manager"}, Now: o.clock()}
}

// TestNoForgeryOpensTheAPI: whatever is wrong with a token, the answer is the same and says nothing of it.
func TestNoForgeryOpensTheAPI(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a key was fetched from where a token said") }))
	t.Cleanup(canary.Close)
	door := o.personal()
	if got := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+door.Valid()); got.status != http.StatusOK {
		t.Fatalf("what is forged here is not even right: %d %s", got.status, got.body)
	}
	want := string(o.call(t, "", "GET", "/v1/me", "").body)
	for what, token := range door.Forgeries(canary.URL) {
		got := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+token)
		if got.status != http.StatusUnauthorized || string(got.body) != want || got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
		if len(token) > 40 && strings.Contains(o.log.String(), token[:40]) {
			t.Errorf("%s: the token is in the log", what)
		}
	}
}

func TestBothKeysOfARotationArePublishedAndTaken(t *testing.T) {
	t.Parallel()
	o := openOffice(t, func(s *Settings) { s.SessionKeys = append(keyOf(t, "next"), s.SessionKeys...) })
	var set struct{ Keys []jwk }
	o.call(t, "", "GET", "/.well-known/jwks.json", "").into(t, &set)
	if len(set.Keys) != 2 || set.Keys[0].ID != "next" || set.Keys[1].ID != "session" {
		t.Errorf("published: %+v", set.Keys)
	}
	old := o.personal() // signed before the rotation
	var in session
	o.call(t, "", "POST", "/v1/session", rightLogIn).into(t, &in)
	for name, token := range map[string]string{"old": old.Valid(), "new": in.AccessToken} {
		if got := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+token); got.status != http.StatusOK {
			t.Errorf("the %s token: %d %s", name, got.status, got.body)
		}
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(in.AccessToken, ".")[0])
	if err != nil || !strings.Contains(string(head), `"kid":"next"`) {
		t.Errorf("a new token is signed under %s, %v", head, err)
	}
}
