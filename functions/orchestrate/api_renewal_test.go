package orchestrate

import (
	"net/http"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
)

// TestARenewalWhoseAnswerWasLostIsGivenAgain: the same session, for 20 seconds, however far it has gone since.
func TestARenewalWhoseAnswerWasLostIsGivenAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	first := refreshCookieOf(t, o.call(t, "", "POST", "/v1/session", rightLogIn)).Value
	second := refreshCookieOf(t, o.refreshed(t, first)).Value
	o.wait(19 * time.Second)
	again := o.refreshed(t, first)
	var s session
	again.into(t, &s)
	if got := refreshCookieOf(t, again).Value; got != second || s.Person.Email != "marie@paraphe.example" {
		t.Errorf("the same renewal leads to another session: %+v", s.Person)
	}
	third := refreshCookieOf(t, o.refreshed(t, second)).Value
	if got := refreshCookieOf(t, o.refreshed(t, first)).Value; got != third {
		t.Error("it leads to a token that was used already")
	}
	o.wait(2 * time.Second)
	for _, secret := range []string{first, third} {
		if got := o.refreshed(t, secret); got.status != http.StatusUnauthorized {
			t.Errorf("after its time: %d", got.status)
		}
	}
}

// TestASuccessorIsKnownToWhoHasTheKey, and during a rotation to whoever has any of them.
func TestASuccessorIsKnownToWhoHasTheKey(t *testing.T) {
	t.Parallel()
	old, next := keyOf(t, "session"), keyOf(t, "next")
	with := func(keys ...auth.PrivateKey) *api { return &api{sessions: auth.Sessions{Private: keys}} }
	before, during, after := with(old[0]), with(next[0], old[0]), with(next[0])
	second := before.successor("first", old[0])
	third := during.successor(second, next[0])
	digests := []string{digest(second), digest(third)}
	if got, found := during.follow("first", digests); !found || got != third {
		t.Errorf("during the rotation it leads to %q, %t", got, found)
	}
	for name, a := range map[string]*api{"before": before, "after": after, "another installation": with(keyOf(t, "other")[0])} {
		if got, found := a.follow("first", digests); found {
			t.Errorf("%s it leads to %q", name, got)
		}
	}
	if len(second) != 43 || second == before.successor("firsu", old[0]) {
		t.Errorf("the successor is %q", second)
	}
}
