package orchestrate_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/jwttest"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

// personal is what a token of marie's must be.
func personal(o *orchestratetest.Fixture) jwttest.Target {
	return jwttest.Target{Key: o.Sessions.Private[0].Key(), Algorithm: "EdDSA", KeyID: "session", Type: "at+jwt", Issuer: o.Sessions.Issuer,
		Audience: o.Sessions.Audience, Subject: "marie", Claims: jwttest.Claims{"role": "manager"}, Now: o.Clock()}
}

// TestNoForgeryOpensTheAPI: whatever is wrong with a token, the answer is the same and says nothing of it.
func TestNoForgeryOpensTheAPI(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a key was fetched from where a token said") }))
	t.Cleanup(canary.Close)
	address := personal(o)
	if got := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+address.Valid()); got.Status != http.StatusOK {
		t.Fatalf("what is forged here is not even right: %d %s", got.Status, got.Body)
	}
	want := string(o.Call(t, "", "GET", "/v1/me", "").Body)
	for what, token := range address.Forgeries(canary.URL) {
		got := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+token)
		if got.Status != http.StatusUnauthorized || string(got.Body) != want || got.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
		if len(token) > 40 && strings.Contains(o.Log.String(), token[:40]) {
			t.Errorf("%s: the token is in the log", what)
		}
	}
}

func TestBothKeysOfARotationArePublishedAndTaken(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t, func(s *orchestratetest.Settings) { s.SessionKeys = append(testkit.Key(t, "next"), s.SessionKeys...) })
	var set struct{ Keys []sessions.JWK }
	o.Call(t, "", "GET", "/.well-known/jwks.json", "").Into(t, &set)
	if len(set.Keys) != 2 || set.Keys[0].ID != "next" || set.Keys[1].ID != "session" {
		t.Errorf("published: %+v", set.Keys)
	}
	old := personal(o) // signed before the rotation
	var in sessions.Session
	o.Call(t, "", "POST", "/v1/session", testkit.RightLogin).Into(t, &in)
	for name, token := range map[string]string{"old": old.Valid(), "new": in.AccessToken} {
		if got := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+token); got.Status != http.StatusOK {
			t.Errorf("the %s token: %d %s", name, got.Status, got.Body)
		}
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(in.AccessToken, ".")[0])
	if err != nil || !strings.Contains(string(head), `"kid":"next"`) {
		t.Errorf("a new token is signed under %s, %v", head, err)
	}
}
