package sessions_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit/jwttest"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestATokenOfATrustedIssuerIsExchanged(t *testing.T) {
	t.Parallel()
	o, _, address := orchestratetest.NewWithIssuer(t)
	got := o.Exchange(t, address.Valid())
	var s sessions.Session
	got.Into(t, &s)
	if got.Status != http.StatusOK || s.ExpiresIn != 600 || s.Person.Role != auth.Manager || s.Person.Name != "Zoé" || got.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %s, cookie %q", got.Status, got.Body, got.Header.Get("Set-Cookie"))
	}
	if want := (persistclient.Identity{Issuer: "https://id.example/", Subject: "outsider", Email: "zoe@example.org", Name: "Zoé", Role: auth.Manager, Locale: "fr"}); o.Identities[0] != want {
		t.Errorf("persist was told %+v", o.Identities[0])
	}
	if list := o.Call(t, "", "GET", "/v1/contracts", "", "Authorization", "Bearer "+s.AccessToken); list.Status != http.StatusOK {
		t.Errorf("with our own token: %d", list.Status)
	}
	if direct := o.Call(t, "", "GET", "/v1/contracts", "", "Authorization", "Bearer "+address.Valid()); direct.Status != http.StatusUnauthorized {
		t.Errorf("the issuer's token opens another call: %d", direct.Status)
	}
	if again := o.Exchange(t, s.AccessToken); again.Status != http.StatusUnauthorized {
		t.Errorf("our own token is exchanged: %d", again.Status)
	}
}

func TestNoForgeryIsExchanged(t *testing.T) {
	t.Parallel()
	o, _, address := orchestratetest.NewWithIssuer(t)
	for what, token := range address.Forgeries("http://127.0.0.1:1/keys") {
		if what == "nothing" {
			continue // there is nothing to exchange
		}
		if got := o.Exchange(t, token); got.Status != http.StatusUnauthorized || strings.Contains(string(got.Body), "access_token") {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	if len(o.Identities) > 0 {
		t.Errorf("persist was asked about %+v", o.Identities)
	}
}

func TestWhoIsRefusedAfterAGoodTokenIsToldWhy(t *testing.T) {
	t.Parallel()
	o, issuer, address := orchestratetest.NewWithIssuer(t)
	o.Users["closed"] = persistclient.User{ID: "closed", Email: "closed@example.org", Name: "C", Role: auth.Manager, Locale: "fr", Disabled: true}
	o.Know(address.Issuer, "closed", "closed")
	o.Know(address.Issuer, "marie-there", "marie")
	for what, row := range map[string]struct {
		change jwttest.Claims
		status int
	}{
		"no role":            {jwttest.Claims{"roles": []string{"guest"}}, 403},
		"an account over":    {jwttest.Claims{"sub": "closed", "email": nil}, 403},
		"another's address":  {jwttest.Claims{"email": "marie@paraphe.example"}, 409},
		"the wrong audience": {jwttest.Claims{"aud": "other"}, 401},
	} {
		got := o.Exchange(t, address.Token(address.Header(), address.ValidClaims().With(row.change), address.Key))
		if p := got.Problem(t); got.Status != row.status || p.Detail == "" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	issuer.Down(true)
	late, _, strange := orchestratetest.NewWithIssuer(t)
	strange.KeyID = "two"
	if got := late.Exchange(t, strange.Valid()); got.Status != http.StatusUnauthorized {
		t.Errorf("an unknown key: %d", got.Status)
	}
	down, silent, address := orchestratetest.NewWithIssuer(t)
	silent.Down(true)
	if got := down.Exchange(t, address.Valid()); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("an issuer that is down: %d %s", got.Status, got.Body)
	}
}

// TestWhatAnIssuerSaysIsAStrangersWord: names reach pages and notifications, and addresses get mail.
func TestWhatAnIssuerSaysIsAStrangersWord(t *testing.T) {
	t.Parallel()
	o, _, address := orchestratetest.NewWithIssuer(t)
	for _, change := range []jwttest.Claims{
		{"name": "Zoé\r\nBcc: x@evil.example"}, {"name": "<script>alert(1)</script>"}, {"name": strings.Repeat("x", 300)}, {"name": "a\u202eb"}, {"name": 7}, {"name": nil},
		{"email": "Zoé <zoe@example.org>"}, {"email": "a@b.fr\r\nBcc: x@evil.example"}, {"email": "zoe@example.org", "email_verified": false}, {"locale": "<b>"},
	} {
		got := o.Exchange(t, address.Token(address.Header(), address.ValidClaims().With(change), address.Key))
		if got.Status != http.StatusOK {
			t.Fatalf("%v: %d %s", change, got.Status, got.Body)
		}
		who := o.Identities[len(o.Identities)-1]
		if fields.ValidateAccountName(who.Name) != nil || who.Email != "" && who.Email != "zoe@example.org" || who.Locale != "fr" && who.Locale != "en" {
			t.Errorf("%v became %+v", change, who)
		}
		if _, verified := change["email_verified"]; verified && who.Email != "" {
			t.Errorf("an address that is not verified became %+v", who)
		}
	}
}

func TestWithoutSettingsNoIssuerIsTrusted(t *testing.T) {
	t.Parallel()
	_, _, address := orchestratetest.NewWithIssuer(t)
	o := orchestratetest.New(t)
	if got := o.Exchange(t, address.Valid()); got.Status != http.StatusUnauthorized {
		t.Errorf("got %d", got.Status)
	}
}
