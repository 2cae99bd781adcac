package orchestrate_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/fakepersist"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestWhoDoesNotStandAsTheirTokenSaysIsAskedToRenewIt: the pages do so at a 401, and learn the new role.
func TestWhoDoesNotStandAsTheirTokenSaysIsAskedToRenewIt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(persistclient.User) persistclient.User{
		"disabled":              fakepersist.Closed,
		"with another role":     func(u persistclient.User) persistclient.User { u.Role = auth.Role("another"); return u },
		"disabled, then let in": func(u persistclient.User) persistclient.User { u.Epoch++; return u },
	} {
		o := orchestratetest.New(t)
		paths := strings.NewReplacer("{id}", string(o.Made(t).ID), "{cause}/retry", "signature.unauthorized/retry", "{cause}", "mail.unclear")
		for who, token := range map[string]string{"marie": o.Token(t, "marie"), "ana": o.Token(t, "ana"), "admin": o.Token(t, "admin")} {
			role := o.Users[who].Role
			o.Users[who] = change(o.Users[who])
			for _, r := range orchestrate.Calls(nil, nil) {
				method, path, _ := strings.Cut(r.Pattern, " ")
				if !slices.Contains(r.Roles, role) || strings.HasPrefix(path, "/v1/templates") { // which are nobody's: nothing is asked for them
					continue
				}
				body := map[string]string{"POST /v1/me/address": `{"link":"x","password":"another long one"}`, "POST /v1/contracts": testkit.ContractBody(t), "POST /v1/attention/{cause}/set-aside": `{"reason":"x"}`, "POST /v1/users": orchestratetest.UserBody}[r.Pattern]
				got := o.Call(t, "", method, paths.Replace(path), body, "Authorization", "Bearer "+token)
				if got.Status != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s, %s, %s: %d %s", name, who, r.Pattern, got.Status, got.Body)
				}
			}
		}
	}
}
