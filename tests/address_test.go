package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/knative/local/scenario"
)

// TestAnAccountIsWhoeverGetsItsNotifications: an administrator makes an account with a signer's address, knows its password, and
// sees nothing by it, neither before nor after the signer has taken it over with the link of a notification.
func TestAnAccountIsWhoeverGetsItsNotifications(t *testing.T) {
	t.Parallel()
	s := openScene(t)
	const signer, given, own = "link1@example.org", "what the administrator knows", "what only the signer knows"
	made := s.ask(t, "an administrator", "POST", "/v1/users", fmt.Sprintf(`{"email":%q,"name":"Zoë","role":"customer","password":%q,"locale":"en"}`, signer, given))
	if made.status != http.StatusCreated || !strings.Contains(made.body, `"email_verified":false`) {
		t.Fatalf("make the account: %d %s", made.status, made.body)
	}
	s.logIn(t, "the administrator as the signer", signer, given)
	s.seesNothing(t, "the administrator as the signer")
	if guess := s.ask(t, "the administrator as the signer", "POST", "/v1/me/address", fmt.Sprintf(`{"link":"invented","password":%q}`, own)); guess.status != http.StatusUnprocessableEntity {
		t.Errorf("with an invented link: %d %s", guess.status, guess.body)
	}
	s.logIn(t, "the signer", signer, given)
	proof := s.ask(t, "the signer", "POST", "/v1/me/address", fmt.Sprintf(`{"link":%q,"password":%q}`, s.secretFor(t, signer), own))
	if proof.status != http.StatusOK || !strings.Contains(proof.body, `"email_verified":true`) {
		t.Fatalf("prove the address: %d %s", proof.status, proof.body)
	}
	s.logIn(t, "the signer", signer, own)
	if seen := s.ask(t, "the signer", "GET", "/v1/contracts/"+s.contract, ""); seen.status != http.StatusOK || len(s.list(t, "the signer", "").Items) != 1 {
		t.Errorf("the signer sees %d %s", seen.status, seen.body)
	}
	if link := s.ask(t, "the signer", "POST", "/v1/contracts/"+s.contract+"/signing-link", ""); link.status != http.StatusOK {
		t.Errorf("the signer cannot sign: %d %s", link.status, link.body)
	}
	if old := s.ask(t, "the administrator as the signer", "GET", "/v1/contracts", ""); old.status != http.StatusUnauthorized {
		t.Errorf("the administrator's token lives on: %d", old.status)
	}
	if in := s.ask(t, "nobody", "POST", "/v1/session", fmt.Sprintf(`{"email":%q,"password":%q}`, signer, given)); in.status != http.StatusUnauthorized {
		t.Errorf("the administrator's password opens the account: %d", in.status)
	}
}

// seesNothing asks for the contract in every way in which somebody might see it.
func (s *scene) seesNothing(t *testing.T, who string) {
	t.Helper()
	for _, end := range []string{"", "/document", "/history"} {
		if got := s.ask(t, who, "GET", "/v1/contracts/"+s.contract+end, ""); got.status != http.StatusNotFound {
			t.Errorf("%s is shown %s: %d", who, end, got.status)
		}
	}
	if got := s.ask(t, who, "POST", "/v1/contracts/"+s.contract+"/signing-link", ""); got.status != http.StatusNotFound {
		t.Errorf("%s gets a link to sign: %d", who, got.status)
	}
	if list := s.list(t, who, ""); len(list.Items) != 0 {
		t.Errorf("%s has a list of %d", who, len(list.Items))
	}
}

// secretFor is the secret of a link that was mailed to this address.
func (s *scene) secretFor(t *testing.T, address string) string {
	t.Helper()
	mails, err := scenario.Mails(t.Context(), s.Run.Mailbox, address)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		for _, link := range m.Links {
			if _, secret, found := strings.Cut(link, "/sign#"); found {
				return secret
			}
		}
	}
	t.Fatalf("no link was mailed to %s", address)
	return ""
}
