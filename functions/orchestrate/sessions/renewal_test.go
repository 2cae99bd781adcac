package sessions_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
)

// TestARenewalWhoseAnswerWasLostIsGivenAgain: the same session, for 20 seconds, however far it has gone since.
func TestARenewalWhoseAnswerWasLostIsGivenAgain(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	first := orchestratetest.RefreshCookieOf(t, o.Call(t, "", "POST", "/v1/session", testkit.RightLogin)).Value
	second := orchestratetest.RefreshCookieOf(t, o.Refreshed(t, first)).Value
	o.Wait(19 * time.Second)
	again := o.Refreshed(t, first)
	var s sessions.Session
	again.Into(t, &s)
	if got := orchestratetest.RefreshCookieOf(t, again).Value; got != second || s.Person.Email != "marie@paraphe.example" {
		t.Errorf("the same renewal leads to another session: %+v", s.Person)
	}
	third := orchestratetest.RefreshCookieOf(t, o.Refreshed(t, second)).Value
	if got := orchestratetest.RefreshCookieOf(t, o.Refreshed(t, first)).Value; got != third {
		t.Error("it leads to a token that was used already")
	}
	o.Wait(2 * time.Second)
	for _, secret := range []string{first, third} {
		if got := o.Refreshed(t, secret); got.Status != http.StatusUnauthorized {
			t.Errorf("after its time: %d", got.Status)
		}
	}
}
