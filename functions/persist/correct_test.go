package persist

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/notifications"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// corrects gives a signer another address.
func (r *fixture) corrects(as person, id contract.ID, signer, email string) (persistclient.View, error) {
	return as.Perform(context.Background(), id, persistclient.Action{
		Kind: lifecycle.CorrectAddress, Version: r.stands(id).Version, Signer: signer, Email: email,
	}, persistclient.Idempotency{})
}

func TestACorrectedAddressTakesThePlaceOfTheOldOne(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	old, now := r.account(auth.Customer, "zoe@example.org"), r.account(auth.Customer, "zoe.mueller@example.org")
	typed := r.typed(auth.Customer, "newer@example.org")
	secret := r.claims(v.ID, invitation).Link
	r.handles(v.ID, events.MailRefused{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", Reason: "no such mailbox"})
	if !r.sees(old, v.ID) || r.sees(now, v.ID) {
		t.Fatal("who signs sees the contract by their account")
	}
	after, err := r.corrects(r.manager, v.ID, "s1", "Zoe.Mueller@example.org")
	if err != nil || after.PersonOf("s1").Email != "Zoe.Mueller@example.org" || len(after.Troubles) != 0 {
		t.Fatalf("%+v, %v", after, err)
	}
	if r.sees(old, v.ID) || !r.sees(now, v.ID) {
		t.Error("who sees the contract is still by the old address")
	}
	if _, err := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(secret)), somewhere); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("the link that went to the old address opens it: %v", err)
	}
	if out := r.broker.last(v.ID); out != "contract.recorded" {
		t.Errorf("said %s", out)
	}
	if _, err := r.corrects(r.manager, r.sent().ID, "s1", "newer@example.org"); err != nil {
		t.Fatal(err)
	}
	if page, err := typed.Contracts(context.Background(), persistclient.Query{}); err != nil || len(page.Items) != 0 {
		t.Errorf("an account that has not proved its address sees %d contracts by it, %v", len(page.Items), err)
	}
	claim := r.claims(v.ID, invitation)
	if claim.State != persistclient.Yours || claim.Contact.Email != "Zoe.Mueller@example.org" {
		t.Errorf("the refused notification is %s, to %s", claim.State, claim.Contact.Email)
	}
	if link, err := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(claim.Link)), somewhere); err != nil || link.Signer != "s1" {
		t.Errorf("the new notification's link: %+v, %v", link, err)
	}
}

// The history proves both addresses to whoever is shown one with the salt, and tells neither.
func TestACorrectionIsInTheHistoryWithoutAnAddress(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	if _, err := r.corrects(r.manager, v.ID, "s1", "new@example.org"); err != nil {
		t.Fatal(err)
	}
	last := r.lastEntry(v.ID)
	if last.What != "action.correct_address" || last.Actor != "person:"+r.manager.Subject || strings.Contains(string(last.Detail), "@") {
		t.Errorf("the history ends with %+v %s", last, last.Detail)
	}
	var detail struct {
		Signer string
		Was    string `json:"was_sha256"`
		Now    string `json:"email_sha256"`
	}
	if err := json.Unmarshal(last.Detail, &detail); err != nil {
		t.Fatal(err)
	}
	var salt []byte
	r.query(&salt, `SELECT salt FROM corrections WHERE contract = $1 AND was = 'Zoe@Example.org' AND email = 'new@example.org'`, string(v.ID))
	salted := func(address string) string {
		sum := sha256.Sum256(append(append([]byte{}, salt...), address...))
		return hex.EncodeToString(sum[:])
	}
	if detail.Signer != "s1" || detail.Was != salted("Zoe@Example.org") || detail.Now != salted("new@example.org") {
		t.Errorf("the history says %+v", detail)
	}
	for _, as := range []access.Caller{r.manager.Caller, {Person: auth.Person{Subject: "a", Role: auth.Administrator}}} {
		var seen int
		if err := r.raw(as, `SELECT count(*) FROM corrections`, &seen); err != nil || seen != 0 {
			t.Errorf("as %s one sees %d former addresses, %v", as.Role, seen, err)
		}
	}
}

func TestWhatIsNoCorrectionChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	other, admin := r.account(auth.Manager, "other@example.org"), r.account(auth.Administrator, "admin@example.org")
	signer := r.account(auth.Manager, "ada@example.org")
	before := r.state()
	for name, c := range map[string]struct {
		as            person
		signer, email string
	}{
		"another manager":        {other, "s1", "new@example.org"},
		"a manager who signs it": {signer, "s1", "new@example.org"},
		"an administrator":       {admin, "s1", "new@example.org"},
		"of nobody who signs it": {r.manager, "s9", "new@example.org"},
		"of the owner":           {r.manager, contract.ToOwner, "new@example.org"},
		"to what is no address":  {r.manager, "s1", `"a b"@example.org`},
		"to two addresses":       {r.manager, "s1", "a@example.org,b@example.org"},
		"to another signer's":    {r.manager, "s1", "ADA@example.org"},
		"to the one that it is":  {r.manager, "s1", "zoe@example.org"},
	} {
		if got, err := r.corrects(c.as, v.ID, c.signer, c.email); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if r.state() != before {
		t.Error("something changed")
	}
	if got, err := r.corrects(r.manager, r.made().ID, "s1", "new@example.org"); err == nil {
		t.Errorf("in a draft: %+v", got)
	}
	action := persistclient.Action{Kind: lifecycle.Retry, Version: r.stands(v.ID).Version, Signer: "s1", Email: "new@example.org"}
	if _, err := r.manager.Perform(context.Background(), v.ID, action, persistclient.Idempotency{}); err == nil {
		t.Error("an address comes with another wish")
	}
}

// A notification that is being written goes to the address of when it was claimed: the correction waits for it.
func TestACorrectionWaitsForANotificationThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.claims(v.ID, invitation)
	_, err := r.corrects(r.manager, v.ID, "s1", "new@example.org")
	var wait persistclient.TryLater
	if !errors.As(err, &wait) || wait.After < notifications.Lease/2 || wait.After > notifications.Lease {
		t.Fatalf("while it is being written: %v", err)
	}
	body := `{"kind":"correct_address","version":` + jsonOf(r.stands(v.ID).Version) + `,"signer":"s1","email":"new@example.org"}`
	if status, text := r.ask(r.manager.Client, http.MethodPost, "/contracts/"+string(v.ID)+"/actions", body); status != http.StatusTooManyRequests {
		t.Errorf("on the wire: %d %s", status, text)
	}
	if _, err := r.corrects(r.manager, v.ID, "s2", "new@example.org"); err != nil {
		t.Errorf("the other signer's: %v", err)
	}
	r.handles(v.ID, events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"})
	after, err := r.corrects(r.manager, v.ID, "s1", "newer@example.org")
	if err != nil || after.Notification(contract.Invitation, "s1").Sequence != 2 {
		t.Errorf("once it is sent: %+v, %v", after.Notifications, err)
	}
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers are JSON
	}
	return string(text)
}

// Whatever happens at once, a notification that is claimed goes to the address that is on record when the claim is given, and its
// link opens; or the correction says that it must wait.
func TestAClaimAndACorrectionAtOnceLeaveNoNotificationToTheOldAddress(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for range 12 {
		v := r.sent()
		var claim persistclient.Claim
		var claimErr, correctErr error
		var both sync.WaitGroup
		both.Go(func() {
			claim, claimErr = r.function(access.SendMail).ClaimNotification(context.Background(), v.ID, invitation)
		})
		both.Go(func() {
			_, correctErr = r.manager.Perform(context.Background(), v.ID, persistclient.Action{
				Kind: lifecycle.CorrectAddress, Version: v.Version, Signer: "s1", Email: "new@example.org",
			}, persistclient.Idempotency{})
		})
		both.Wait()
		if claimErr != nil || claim.State != persistclient.Yours {
			t.Fatalf("the claim: %s, %v", claim.State, claimErr)
		}
		var wait persistclient.TryLater
		corrected := correctErr == nil
		if !corrected && !errors.As(correctErr, &wait) {
			t.Fatalf("the correction: %v", correctErr)
		}
		_, linkErr := r.function(access.Orchestrate).OpenLink(context.Background(), history.Digest([]byte(claim.Link)), somewhere)
		if toNew := claim.Contact.Email == "new@example.org"; toNew != corrected || linkErr != nil {
			t.Errorf("corrected %t, to %s, its link: %v", corrected, claim.Contact.Email, linkErr)
		}
	}
}
