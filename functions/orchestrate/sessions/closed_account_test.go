package sessions_test

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestAnAccountThatIsClosedWhileItLogsInStaysOut, and learns nothing more than that.
func TestAnAccountThatIsClosedWhileItLogsInStaysOut(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	wrong := o.Call(t, "", "POST", "/v1/session", testkit.WrongLogin)
	o.Closing = true
	got := o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)
	if got.Status != http.StatusUnauthorized || string(got.Body) != string(wrong.Body) || len(o.Refresh) > 0 {
		t.Errorf("%d %s, %d sessions", got.Status, got.Body, len(o.Refresh))
	}
}

// TestATokenOfAnIssuerOpensTheAccountInItsOwnRole: an account with a password has the role that an administrator gave it,
// and with a token for another every question would be refused.
func TestATokenOfAnIssuerOpensTheAccountInItsOwnRole(t *testing.T) {
	t.Parallel()
	o, _, address := orchestratetest.NewWithIssuer(t)
	o.Users["outsider"] = persistclient.User{ID: "outsider", Email: "zoe@example.org", Name: "Zoé", Role: auth.Customer, Locale: "fr", Epoch: 3}
	got := o.Exchange(t, address.Valid()) // whose issuer says manager
	var s sessions.Session
	got.Into(t, &s)
	who, err := o.Sessions.Read(s.AccessToken, o.Clock())
	if want := (auth.Person{Subject: "outsider", Role: auth.Customer, Epoch: 3}); err != nil || who != want || s.Person.Role != auth.Customer {
		t.Errorf("%+v for %s, %v", who, s.Person.Role, err)
	}
}
