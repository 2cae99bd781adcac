package persist

import (
	"net/http"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/jwttest"
)

// TestNoForgeryAsksPersist tries both kinds of token, a person's and a function's, at questions that are for both.
func TestNoForgeryAsksPersist(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	for kind, address := range map[string]jwttest.Target{
		"a person's": {Key: r.keys.session[0].Key(), Algorithm: "EdDSA", KeyID: "s", Type: "at+jwt", Issuer: publicURL, Audience: publicURL,
			Subject: r.manager.Subject, Claims: jwttest.Claims{"role": "manager"}, Now: r.clock.now()},
		"a function's": {Key: r.keys.functions[access.Orchestrate][0].Key(), Algorithm: "EdDSA", KeyID: access.Orchestrate, Type: "paraphe-question+jwt",
			Issuer: "paraphe-functions", Audience: "persist", Subject: access.Orchestrate, Now: r.clock.now(),
			Claims: jwttest.Claims{"htm": "GET", "htu": "/contracts/" + string(v.ID)}},
	} {
		ask := func(token string) (int, string) {
			q := r.request(http.MethodGet, "/contracts/"+string(v.ID), "")
			q.Header.Set("Authorization", "Bearer "+token)
			if kind == "a person's" { // it comes beside one of orchestrate's that was made for it
				if err := r.function(access.Orchestrate).As(token).Authorize(q); err != nil {
					t.Fatal(err)
				}
			}
			return r.send(q, http.DefaultClient)
		}
		if status, out := ask(address.Valid()); status != http.StatusOK {
			t.Fatalf("%s: what is forged here is not even right: %d %s", kind, status, out)
		}
		_, want := ask("x")
		for what, token := range address.Forgeries("http://127.0.0.1:1/keys") {
			if status, out := ask(token); status != http.StatusUnauthorized || out != want {
				t.Errorf("%s, %s: %d %s", kind, what, status, out)
			}
		}
	}
}
