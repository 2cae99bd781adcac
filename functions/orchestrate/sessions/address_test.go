package sessions_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestAnAddressIsProvedByTheAccountAndItsNotifications: with both, it has another password and a new session.
func TestAnAddressIsProvedByTheAccountAndItsNotifications(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	v := o.Made(t)
	o.Users["ana"] = persistclient.User{ID: "ana", Email: v.Signers[0].Email, Name: "Ana", Role: auth.Customer, Locale: "fr", PasswordHash: testkit.PasswordHash()}
	o.Links[sessions.Digest("hers")] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	var other struct {
		ID      contract.ID
		Signers []struct{ ID string }
	}
	o.Call(t, "marie", "POST", "/v1/contracts", testkit.ContractBody(t, testkit.WithSigner("email", "bob@client.example"))).Into(t, &other)
	o.Links[sessions.Digest("another's")] = persistclient.Link{Contract: other.ID, Signer: other.Signers[0].ID}
	if me := o.Call(t, "ana", "GET", "/v1/me", ""); !strings.Contains(string(me.Body), `"email_verified":false`) {
		t.Errorf("before: %s", me.Body)
	}
	for name, row := range map[string]struct {
		link, password string
		status         int
		field          string
	}{
		"no link":                {"", "another long password", 422, "link"},
		"an invented one":        {"invented", "another long password", 422, "link"},
		"another's":              {"another's", "another long password", 422, "link"},
		"a link without end":     {strings.Repeat("x", fields.SecretLimit+1), "another long password", 422, "link"},
		"a short password":       {"hers", "short", 422, "password"},
		"the password as it was": {"hers", testkit.Password, 422, "password"},
	} {
		got := o.Call(t, "ana", "POST", "/v1/me/address", fmt.Sprintf(`{"link":%q,"password":%q}`, row.link, row.password))
		if p := got.Problem(t); got.Status != row.status || len(p.Fields) != 1 || p.Fields[0].Field != row.field || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if foreign := o.Call(t, "ana", "POST", "/v1/me/address", `{"link":"hers","password":"another long password"}`, "Origin", "https://evil.example"); foreign.Status != http.StatusForbidden {
		t.Errorf("from another site: %d", foreign.Status)
	}
	if o.Users["ana"].EmailVerified {
		t.Fatal("it is proved after all")
	}
	old := o.Token(t, "ana")
	got := o.Call(t, "ana", "POST", "/v1/me/address", `{"link":" hers ","password":"another long password"}`)
	var s sessions.Session
	got.Into(t, &s)
	if got.Status != http.StatusOK || !s.Person.Verified || orchestratetest.RefreshCookieOf(t, got).Value == "" {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if me := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+s.AccessToken); me.Status != http.StatusOK {
		t.Errorf("the new session: %d %s", me.Status, me.Body)
	}
	if me := o.Call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+old); me.Status != http.StatusUnauthorized {
		t.Errorf("a token from before: %d %s", me.Status, me.Body)
	}
	for given, status := range map[string]int{testkit.Password: 401, "another long password": 200} {
		in := o.Call(t, "", "POST", "/v1/session", fmt.Sprintf(`{"email":%q,"password":%q}`, v.Signers[0].Email, given))
		if in.Status != status {
			t.Errorf("logging in with %q: %d", given, in.Status)
		}
	}
}

func TestAnAccountWithoutAnAddressHasNoneToProve(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	o.Users["ana"] = persistclient.User{ID: "ana", Name: "Ana", Role: auth.Customer, Locale: "fr"}
	if got := o.Call(t, "ana", "POST", "/v1/me/address", `{"link":"x","password":"another long password"}`); got.Status != http.StatusConflict {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}
