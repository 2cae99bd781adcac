package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/jwttest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// abroad is an issuer that is trusted, and the target of its tokens.
type abroad struct {
	*jwttest.Issuer
	*auth.OIDC
	target jwttest.Target
}

// trust makes an issuer with one key for this algorithm, which its JWK may declare or not.
func trust(t *testing.T, algorithm string, further jwttest.Claims) *abroad {
	t.Helper()
	a := &abroad{Issuer: jwttest.NewIssuer()}
	t.Cleanup(a.Close)
	var roles auth.RoleNames
	if err := roles.Decode("paraphe-admins=administrator, staff=manager,everybody=customer"); err != nil {
		t.Fatal(err)
	}
	keys := auth.NewJWKS(a.Address, function.NewClient(5*time.Second), func(error) {})
	t.Cleanup(keys.Stop)
	a.OIDC = &auth.OIDC{Issuer: "https://id.example/", Audience: "paraphe", RoleClaim: "roles", VerifiedClaim: "email_verified", Roles: roles, Keys: keys}
	a.target = jwttest.Target{Key: jwttest.NewKey(algorithm), Algorithm: algorithm, KeyID: "one", Type: "JWT", Issuer: "https://id.example/", Audience: "paraphe",
		Subject: "auth0|7", Claims: jwttest.Claims{"roles": []string{"everybody"}}, Now: now, AllowsAudienceList: true}
	a.Publish(jwttest.JWK("one", a.target.Key, further))
	return a
}

// read reads a right token with these changes.
func (a *abroad) read(t *testing.T, change jwttest.Claims) (auth.Identity, error) {
	t.Helper()
	return a.OIDC.Read(t.Context(), a.target.Token(a.target.Header(), a.target.ValidClaims().With(change), a.target.Key), now)
}

func TestIssuerTokensIdentifyPeople(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		for _, declared := range []jwttest.Claims{nil, {"alg": algorithm}, {"use": "sig"}} {
			a := trust(t, algorithm, declared)
			who, err := a.read(t, jwttest.Claims{"email": "zoe@example.org", "email_verified": true, "name": "Zoé", "locale": "fr-FR", "aud": []string{"account", "paraphe"}})
			if err != nil || who != (auth.Identity{Subject: "auth0|7", Role: auth.Customer, Email: "zoe@example.org", Name: "Zoé", Locale: "fr-FR"}) {
				t.Errorf("%s %v: %+v, %v", algorithm, declared, who, err)
			}
		}
	}
}

// TestAnIssuersTokenLivesForADayAtMost, and may say its moments with a fraction, as some do.
func TestAnIssuersTokenLivesForADayAtMost(t *testing.T) {
	t.Parallel()
	a := trust(t, "EdDSA", nil)
	for seconds, good := range map[float64]bool{86_400: true, 86_400.5: true, 86_401: false, 3600.25: true} {
		if _, err := a.read(t, jwttest.Claims{"exp": float64(now.Unix()) + seconds}); (err == nil) != good {
			t.Errorf("one that lives for %v s: %v", seconds, err)
		}
	}
}

func TestNoForgeryComesFromAnIssuer(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		a := trust(t, algorithm, nil)
		if _, err := a.OIDC.Read(t.Context(), a.target.Valid(), now); err != nil {
			t.Fatalf("what is forged here is not even right: %v", err)
		}
		nobody := canary(t)
		for what, token := range a.target.Forgeries(nobody) {
			// PS256 and RS512 are for RSA keys, too: that these tokens fail is the signature's doing.
			if who, err := a.OIDC.Read(t.Context(), token, now); !errors.Is(err, auth.ErrNotAccepted) || who != (auth.Identity{}) {
				t.Errorf("%s: %s: %+v, %v", algorithm, what, who, err)
			}
		}
	}
}

func TestAKeyIsForItsOwnAlgorithmsOnly(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for what, wrong := range map[string]struct {
		key     crypto.Signer
		further jwttest.Claims
	}{
		"declared for another algorithm": {nil, jwttest.Claims{"alg": "PS256"}}, "for encryption": {nil, jwttest.Claims{"use": "enc"}}, "weak": {weak, nil},
	} {
		a := trust(t, "RS256", wrong.further)
		if wrong.key != nil {
			a.target.Key = wrong.key
			a.Publish(jwttest.JWK("one", wrong.key, nil))
		}
		if _, err := a.read(t, nil); !errors.Is(err, auth.ErrNotAccepted) {
			t.Errorf("a key that is %s: %v", what, err)
		}
	}
}

func TestTheRoleIsWhereTheIssuerHasIt(t *testing.T) {
	t.Parallel()
	a := trust(t, "EdDSA", nil)
	nested := jwttest.Claims{"roles": []string{"staff"}}
	for what, row := range map[string]struct {
		path  string
		claim jwttest.Claims
		want  auth.Role
	}{
		"a list":         {"roles", jwttest.Claims{"roles": []string{"x", "staff"}}, auth.Manager},
		"one name":       {"roles", jwttest.Claims{"roles": "staff"}, auth.Manager},
		"several":        {"roles", jwttest.Claims{"roles": []string{"everybody", "staff", "paraphe-admins"}}, auth.Administrator},
		"Keycloak":       {"realm_access.roles", jwttest.Claims{"realm_access": nested}, auth.Manager},
		"Keycloak's app": {"resource_access.paraphe.roles", jwttest.Claims{"resource_access": jwttest.Claims{"paraphe": nested}}, auth.Manager},
		"Auth0":          {"https://paraphe.example/roles", jwttest.Claims{"https://paraphe.example/roles": []string{"staff"}}, auth.Manager},
		"missing":        {"groups", nil, ""}, "none of ours": {"roles", jwttest.Claims{"roles": []string{"administrator", "STAFF"}}, ""}, "a number": {"roles", jwttest.Claims{"roles": 7}, ""},
		"an empty list": {"roles", jwttest.Claims{"roles": []string{}}, ""}, "another case": {"roles", jwttest.Claims{"roles": nil, "Roles": "staff"}, ""}, "null": {"roles", jwttest.Claims{"roles": []any{nil}}, ""},
	} {
		a.RoleClaim = row.path
		who, err := a.read(t, row.claim)
		if who.Role != row.want || (row.want == "") != errors.Is(err, auth.ErrNoRole) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}

func TestAnAddressCountsOnlyIfItIsVerified(t *testing.T) {
	t.Parallel()
	a := trust(t, "EdDSA", nil)
	for _, row := range []struct {
		said any
		want string
	}{{true, "zoe@example.org"}, {"true", "zoe@example.org"}, {1, "zoe@example.org"}, {false, ""}, {nil, ""}, {"yes", ""}, {0, ""}, {[]bool{true}, ""}} {
		who, err := a.read(t, jwttest.Claims{"email": "zoe@example.org", "email_verified": row.said, "EMAIL_VERIFIED": nil})
		if err != nil || who.Email != row.want {
			t.Errorf("verified %v: %+v, %v", row.said, who, err)
		}
	}
	a.VerifiedClaim = "xms_edov" // Entra's
	if who, err := a.read(t, jwttest.Claims{"email": "zoe@example.org", "email_verified": true, "xms_edov": nil}); err != nil || who.Email != "" {
		t.Errorf("by another claim: %+v, %v", who, err)
	}
}

func TestAnIssuersKeysRotate(t *testing.T) {
	t.Parallel()
	a := trust(t, "ES256", nil)
	if _, err := a.read(t, nil); err != nil {
		t.Fatal(err)
	}
	old := a.target
	a.target.Key, a.target.KeyID = jwttest.NewKey("ES256"), "two"
	a.Publish(jwttest.JWK("two", a.target.Key, nil))
	if _, err := a.read(t, nil); err != nil {
		t.Errorf("a token of the new key: %v", err)
	}
	if _, err := a.OIDC.Read(t.Context(), old.Valid(), now); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("a token of the key that was taken back: %v", err)
	}
}

func TestAStormOfUnknownNamesCostsTheIssuerNothing(t *testing.T) {
	t.Parallel()
	a := trust(t, "EdDSA", nil)
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			token := a.target.Token(a.target.Header().With(jwttest.Claims{"kid": fmt.Sprint(i)}), a.target.ValidClaims(), a.target.Key)
			if _, err := a.OIDC.Read(t.Context(), token, now); !errors.Is(err, auth.ErrNotAccepted) {
				t.Errorf("unknown name %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if n := a.Asked(); n < 1 || n > 3 {
		t.Errorf("the issuer was asked %d times for 300 tokens", n)
	}
	if _, err := a.read(t, nil); err != nil {
		t.Errorf("a good token after the storm: %v", err)
	}
}

func TestAnIssuerThatIsDownIsNobodysFault(t *testing.T) {
	t.Parallel()
	a := trust(t, "EdDSA", nil)
	a.Down(true)
	var away function.Unavailable
	if _, err := a.read(t, nil); !errors.As(err, &away) || errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("before its keys were ever had: %v", err)
	}
	b := trust(t, "EdDSA", nil)
	if _, err := b.read(t, nil); err != nil {
		t.Fatal(err)
	}
	b.Down(true)
	if _, err := b.read(t, nil); err != nil {
		t.Errorf("once they are known: %v", err)
	}
	if _, err := b.OIDC.Read(t.Context(), strings.Repeat("a", 20<<10), now); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("a huge one: %v", err)
	}
}

func TestRolesAreNamedInASetting(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "staff", "staff=", "=manager", "staff=boss", "a=manager,", "a=signer"} {
		var n auth.RoleNames
		if err := n.Decode(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
	var n auth.RoleNames
	if err := n.Decode("app:a=b=manager"); err != nil || len(n) != 1 {
		t.Errorf("a name with a sign in it: %v, %v", n, err)
	}
}
