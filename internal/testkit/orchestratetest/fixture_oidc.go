package orchestratetest

import (
	"encoding/json"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/internal/testkit/jwttest"
)

// NewWithIssuer is an orchestrate that trusts an issuer, with what a token of that issuer must be.
func NewWithIssuer(t *testing.T) (*Fixture, *jwttest.Issuer, jwttest.Target) {
	t.Helper()
	issuer := jwttest.NewIssuer()
	t.Cleanup(issuer.Close)
	o := New(t, func(s *orchestrate.Settings) {
		s.OIDCIssuer, s.OIDCAudience, s.OIDCKeys, s.OIDCRoleClaim, s.OIDCVerifiedClaim = "https://id.example/", "paraphe", orchestrate.KeysAddress(issuer.Address), "roles", "email_verified"
		if err := s.OIDCRoles.Decode("admins=administrator,staff=manager"); err != nil {
			t.Fatal(err)
		}
	})
	address := jwttest.Target{Key: jwttest.NewKey("RS256"), Algorithm: "RS256", KeyID: "one", Type: "JWT", Issuer: "https://id.example/", Audience: "paraphe",
		Subject: "outsider", Claims: jwttest.Claims{"roles": []string{"staff"}, "email": "zoe@example.org", "email_verified": true, "name": "Zoé", "locale": "fr"}, Now: o.Clock(), AllowsAudienceList: true}
	issuer.Publish(jwttest.JWK("one", address.Key, jwttest.Claims{"alg": "RS256", "use": "sig"}))
	return o, issuer, address
}

func (o *Fixture) Exchange(t *testing.T, token string) Response {
	t.Helper()
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	return o.Call(t, "", "POST", "/v1/session", string(body))
}
