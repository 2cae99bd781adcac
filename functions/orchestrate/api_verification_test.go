package orchestrate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestAnAddressIsProvedByTheAccountAndItsLetters: with both, it has another password and a new session.
func TestAnAddressIsProvedByTheAccountAndItsLetters(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	v := o.made(t)
	o.users["ana"] = persistclient.User{ID: "ana", Email: v.Signers[0].Email, Name: "Ana", Role: auth.Customer, Locale: "fr", PasswordHash: passwordHash()}
	o.links[digest("hers")] = persistclient.Link{Contract: v.ID, Signer: v.Signers[0].ID}
	var other contractView
	o.call(t, "marie", "POST", "/v1/contracts", wanted(t, setSigner("email", "bob@client.example"))).into(t, &other)
	o.links[digest("another's")] = persistclient.Link{Contract: other.ID, Signer: other.Signers[0].ID}
	if me := o.call(t, "ana", "GET", "/v1/me", ""); !strings.Contains(string(me.body), `"email_verified":false`) {
		t.Errorf("before: %s", me.body)
	}
	for name, row := range map[string]struct {
		link, password string
		status         int
		field          string
	}{
		"no link":                {"", "another long password", 422, "link"},
		"an invented one":        {"invented", "another long password", 422, "link"},
		"another's":              {"another's", "another long password", 422, "link"},
		"a link without end":     {strings.Repeat("x", secretLimit+1), "another long password", 422, "link"},
		"a short password":       {"hers", "short", 422, "password"},
		"the password as it was": {"hers", password, 422, "password"},
	} {
		got := o.call(t, "ana", "POST", "/v1/me/address", fmt.Sprintf(`{"link":%q,"password":%q}`, row.link, row.password))
		if p := got.problem(t); got.status != row.status || len(p.Fields) != 1 || p.Fields[0].Field != row.field || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if foreign := o.call(t, "ana", "POST", "/v1/me/address", `{"link":"hers","password":"another long password"}`, "Origin", "https://evil.example"); foreign.status != http.StatusForbidden {
		t.Errorf("from another site: %d", foreign.status)
	}
	if o.users["ana"].EmailVerified {
		t.Fatal("it is proved after all")
	}
	old := o.token(t, "ana")
	got := o.call(t, "ana", "POST", "/v1/me/address", `{"link":" hers ","password":"another long password"}`)
	var s session
	got.into(t, &s)
	if got.status != http.StatusOK || !s.Person.Verified || refreshCookieOf(t, got).Value == "" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if me := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+s.AccessToken); me.status != http.StatusOK {
		t.Errorf("the new session: %d %s", me.status, me.body)
	}
	if me := o.call(t, "", "GET", "/v1/me", "", "Authorization", "Bearer "+old); me.status != http.StatusUnauthorized {
		t.Errorf("a token from before: %d %s", me.status, me.body)
	}
	for given, status := range map[string]int{password: 401, "another long password": 200} {
		in := o.call(t, "", "POST", "/v1/session", fmt.Sprintf(`{"email":%q,"password":%q}`, v.Signers[0].Email, given))
		if in.status != status {
			t.Errorf("logging in with %q: %d", given, in.status)
		}
	}
}

func TestAnAccountWithoutAnAddressHasNoneToProve(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.users["ana"] = persistclient.User{ID: "ana", Name: "Ana", Role: auth.Customer, Locale: "fr"}
	if got := o.call(t, "ana", "POST", "/v1/me/address", `{"link":"x","password":"another long password"}`); got.status != http.StatusConflict {
		t.Errorf("%d %s", got.status, got.body)
	}
}
