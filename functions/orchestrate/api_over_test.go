package orchestrate

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestWhoDoesNotStandAsTheirTokenSaysIsAskedToRenewIt: the pages do so at a 401, and learn the new role.
func TestWhoDoesNotStandAsTheirTokenSaysIsAskedToRenewIt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(persistclient.User) persistclient.User{
		"disabled":              closed,
		"with another role":     func(u persistclient.User) persistclient.User { u.Role = auth.Role("another"); return u },
		"disabled, then let in": func(u persistclient.User) persistclient.User { u.Epoch++; return u },
	} {
		o := openOffice(t)
		paths := strings.NewReplacer("{id}", string(o.made(t).ID), "{cause}/retry", "signature.unauthorized/retry", "{cause}", "mail.unclear")
		for who, token := range map[string]string{"marie": o.token(t, "marie"), "ana": o.token(t, "ana"), "admin": o.token(t, "admin")} {
			role := o.users[who].Role
			o.users[who] = change(o.users[who])
			for _, r := range (&api{}).calls() {
				method, path, _ := strings.Cut(r.pattern, " ")
				if !slices.Contains(r.roles, role) || strings.HasPrefix(path, "/v1/templates") { // which are nobody's: nothing is asked for them
					continue
				}
				body := map[string]string{"POST /v1/me/address": `{"link":"x","password":"another long one"}`, "POST /v1/contracts": wanted(t), "POST /v1/attention/{cause}/set-aside": `{"reason":"x"}`, "POST /v1/users": wantedUser}[r.pattern]
				got := o.call(t, "", method, paths.Replace(path), body, "Authorization", "Bearer "+token)
				if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s, %s, %s: %d %s", name, who, r.pattern, got.status, got.body)
				}
			}
		}
	}
}

// TestAnAccountThatIsClosedWhileItLogsInStaysOut, and learns nothing more than that.
func TestAnAccountThatIsClosedWhileItLogsInStaysOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	wrong := o.call(t, "", "POST", "/v1/session", wrongLogIn)
	o.closing = true
	got := o.call(t, "", "POST", "/v1/session", rightLogIn)
	if got.status != http.StatusUnauthorized || string(got.body) != string(wrong.body) || len(o.refresh) > 0 {
		t.Errorf("%d %s, %d sessions", got.status, got.body, len(o.refresh))
	}
}

// TestATokenOfAnIssuerOpensTheAccountInItsOwnRole: an account with a password has the role that an administrator gave it,
// and with a token for another every question would be refused.
func TestATokenOfAnIssuerOpensTheAccountInItsOwnRole(t *testing.T) {
	t.Parallel()
	o, _, door := trusting(t)
	o.users["outsider"] = persistclient.User{ID: "outsider", Email: "zoe@example.org", Name: "Zoé", Role: auth.Customer, Locale: "fr", Epoch: 3}
	got := o.exchange(t, door.Valid()) // whose issuer says manager
	var s session
	got.into(t, &s)
	who, err := o.sessions.Read(s.AccessToken, o.clock())
	if want := (auth.Person{Subject: "outsider", Role: auth.Customer, Epoch: 3}); err != nil || who != want || s.Person.Role != auth.Customer {
		t.Errorf("%+v for %s, %v", who, s.Person.Role, err)
	}
}
