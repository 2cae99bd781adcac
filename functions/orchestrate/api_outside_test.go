package orchestrate

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit/jwttest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// trusting opens an office that trusts an issuer, and returns the door that its tokens open.
func trusting(t *testing.T) (*office, *jwttest.Issuer, jwttest.Target) {
	t.Helper()
	issuer := jwttest.NewIssuer()
	t.Cleanup(issuer.Close)
	o := openOffice(t, func(s *Settings) {
		s.OIDCIssuer, s.OIDCAudience, s.OIDCKeys, s.OIDCRoleClaim, s.OIDCVerifiedClaim = "https://id.example/", "paraphe", keysAddress(issuer.Address), "roles", "email_verified"
		if err := s.OIDCRoles.Decode("admins=administrator,staff=manager"); err != nil {
			t.Fatal(err)
		}
	})
	door := jwttest.Target{Key: jwttest.NewKey("RS256"), Algorithm: "RS256", KeyID: "one", Type: "JWT", Issuer: "https://id.example/", Audience: "paraphe",
		Subject: "outsider", Claims: jwttest.Claims{"roles": []string{"staff"}, "email": "zoe@example.org", "email_verified": true, "name": "Zoé", "locale": "fr"}, Now: o.clock(), AllowsAudienceList: true}
	issuer.Publish(jwttest.JWK("one", door.Key, jwttest.Claims{"alg": "RS256", "use": "sig"}))
	return o, issuer, door
}

func (o *office) exchange(t *testing.T, token string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	return o.call(t, "", "POST", "/v1/session", string(body))
}

func TestATokenOfATrustedIssuerIsExchanged(t *testing.T) {
	t.Parallel()
	o, _, door := trusting(t)
	got := o.exchange(t, door.Valid())
	var s session
	got.into(t, &s)
	if got.status != http.StatusOK || s.ExpiresIn != 600 || s.Person.Role != auth.Manager || s.Person.Name != "Zoé" || got.header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %s, cookie %q", got.status, got.body, got.header.Get("Set-Cookie"))
	}
	if want := (persistclient.Identity{Issuer: "https://id.example/", Subject: "outsider", Email: "zoe@example.org", Name: "Zoé", Role: auth.Manager, Locale: "fr"}); o.identities[0] != want {
		t.Errorf("persist was told %+v", o.identities[0])
	}
	if list := o.call(t, "", "GET", "/v1/contracts", "", "Authorization", "Bearer "+s.AccessToken); list.status != http.StatusOK {
		t.Errorf("with our own token: %d", list.status)
	}
	if direct := o.call(t, "", "GET", "/v1/contracts", "", "Authorization", "Bearer "+door.Valid()); direct.status != http.StatusUnauthorized {
		t.Errorf("the issuer's token opens a second door: %d", direct.status)
	}
	if again := o.exchange(t, s.AccessToken); again.status != http.StatusUnauthorized {
		t.Errorf("our own token is exchanged: %d", again.status)
	}
}

func TestNoForgeryIsExchanged(t *testing.T) {
	t.Parallel()
	o, _, door := trusting(t)
	for what, token := range door.Forgeries("http://127.0.0.1:1/keys") {
		if what == "nothing" {
			continue // there is nothing to exchange
		}
		if got := o.exchange(t, token); got.status != http.StatusUnauthorized || strings.Contains(string(got.body), "access_token") {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	if len(o.identities) > 0 {
		t.Errorf("persist was asked about %+v", o.identities)
	}
}

func TestWhoIsRefusedAfterAGoodTokenIsToldWhy(t *testing.T) {
	t.Parallel()
	o, issuer, door := trusting(t)
	o.users["closed"] = persistclient.User{ID: "closed", Email: "closed@example.org", Name: "C", Role: auth.Manager, Locale: "fr", Disabled: true}
	for what, row := range map[string]struct {
		change jwttest.Claims
		status int
	}{
		"no role":            {jwttest.Claims{"roles": []string{"visitor"}}, 403},
		"an account over":    {jwttest.Claims{"sub": "closed", "email": nil}, 403},
		"another's address":  {jwttest.Claims{"email": "marie@paraphe.example"}, 409},
		"the wrong audience": {jwttest.Claims{"aud": "other"}, 401},
	} {
		got := o.exchange(t, door.Token(door.Header(), door.ValidClaims().With(row.change), door.Key))
		if p := got.problem(t); got.status != row.status || p.Detail == "" {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	issuer.Down(true)
	late, _, strange := trusting(t)
	strange.KeyID = "two"
	if got := late.exchange(t, strange.Valid()); got.status != http.StatusUnauthorized {
		t.Errorf("an unknown key: %d", got.status)
	}
	down, silent, door := trusting(t)
	silent.Down(true)
	if got := down.exchange(t, door.Valid()); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("an issuer that is down: %d %s", got.status, got.body)
	}
}

// TestWhatAnIssuerSaysIsAStrangersWord: names reach pages and letters, and addresses get mail.
func TestWhatAnIssuerSaysIsAStrangersWord(t *testing.T) {
	t.Parallel()
	o, _, door := trusting(t)
	for _, change := range []jwttest.Claims{
		{"name": "Zoé\r\nBcc: x@evil.example"}, {"name": "<script>alert(1)</script>"}, {"name": strings.Repeat("x", 300)}, {"name": "a\u202eb"}, {"name": 7}, {"name": nil},
		{"email": "Zoé <zoe@example.org>"}, {"email": "a@b.fr\r\nBcc: x@evil.example"}, {"email": "zoe@example.org", "email_verified": false}, {"locale": "<b>"},
	} {
		got := o.exchange(t, door.Token(door.Header(), door.ValidClaims().With(change), door.Key))
		if got.status != http.StatusOK {
			t.Fatalf("%v: %d %s", change, got.status, got.body)
		}
		who := o.identities[len(o.identities)-1]
		if whyNoAccountName(who.Name) != "" || who.Email != "" && who.Email != "zoe@example.org" || who.Locale != "fr" && who.Locale != "en" {
			t.Errorf("%v became %+v", change, who)
		}
		if _, verified := change["email_verified"]; verified && who.Email != "" {
			t.Errorf("an address that is not verified became %+v", who)
		}
	}
}

func TestWithoutSettingsNoIssuerIsTrusted(t *testing.T) {
	t.Parallel()
	_, _, door := trusting(t)
	o := openOffice(t)
	if got := o.exchange(t, door.Valid()); got.status != http.StatusUnauthorized {
		t.Errorf("got %d", got.status)
	}
	for _, s := range []Settings{{OIDCIssuer: "https://id.example/", OIDCAudience: "a"}, {OIDCIssuer: "i", OIDCKeys: "https://id.example/keys", OIDCRoleClaim: "roles"}} {
		if _, _, err := s.trusted(function.Boot{Name: "orchestrate"}); err == nil || !strings.Contains(err.Error(), "OIDC_") {
			t.Errorf("half a set of settings: %v", err)
		}
	}
	for address, good := range map[string]bool{
		"https://id.example/keys": true, "http://id.example/keys": false, "http://127.0.0.1:8090/keys": true, "http://keycloak.auth.svc.cluster.local/keys": true,
		"": true, "id.example": false, "http://127.0.0.1.evil.example/keys": false, "http://svc.cluster.local.evil.example": false,
	} {
		var k keysAddress
		if err := k.Decode(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}
