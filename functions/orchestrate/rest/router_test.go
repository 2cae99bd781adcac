package rest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestALinksSessionReachesNoOtherContract: it is refused here, before persist is asked, which would refuse it again.
func TestALinksSessionReachesNoOtherContract(t *testing.T) {
	t.Parallel()
	key := testkit.Key(t, "session")
	tokens := auth.Sessions{Issuer: "https://paraphe.example", Audience: "https://paraphe.example", Private: key}
	now := func() time.Time { return testkit.Noon }
	router := Router{Name: "orchestrate", Record: &persistclient.Client{}, Sessions: tokens, Now: now, Log: slog.New(slog.DiscardHandler)}
	var asked []string
	served := router.Handler([]Route{{Pattern: "GET /v1/contracts/{id}", Roles: []auth.Role{auth.SignerByLink}, Answer: func(c Call) error {
		asked = append(asked, c.R.PathValue("id"))
		return nil
	}}})
	token, err := tokens.Mint(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: "theirs"}, testkit.Noon)
	if err != nil {
		t.Fatal(err)
	}
	for id, status := range map[string]int{"theirs": http.StatusOK, "another": http.StatusNotFound, "Theirs": http.StatusNotFound, "their": http.StatusNotFound} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/contracts/"+id, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if served.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: %d %s", id, w.Code, w.Body)
		}
	}
	if len(asked) != 1 || asked[0] != "theirs" {
		t.Errorf("answered about %v", asked)
	}
}
