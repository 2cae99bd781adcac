package persist

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// mailed is the digest of the link in a notification to the first signer of a contract that was sent.
func (r *fixture) mailed(id contract.ID) string {
	r.t.Helper()
	claim, err := r.function(access.SendMail).ClaimNotification(context.Background(), id, invitation)
	if err != nil || claim.Link == "" {
		r.t.Fatalf("%+v, %v", claim, err)
	}
	return history.Digest([]byte(claim.Link))
}

// sees reports whether somebody is shown this contract: by itself and in the list alike.
func (r *fixture) sees(p person, id contract.ID) bool {
	r.t.Helper()
	_, err := p.Contract(context.Background(), id)
	if err != nil && !errors.Is(err, persistclient.ErrNotFound) {
		r.t.Fatal(err)
	}
	page, listed := p.Contracts(context.Background(), persistclient.Query{Limit: 100})
	if listed != nil {
		r.t.Fatal(listed)
	}
	found := false
	for _, v := range page.Items {
		found = found || v.ID == id
	}
	if found != (err == nil) {
		r.t.Errorf("%s is in the list: %t, but alone: %v", id, found, err)
	}
	return found
}

// TestAnAddressThatSomebodyTypedShowsNothing: an administrator who makes an account with a signer's address, and knows its
// password, is not that signer.
func TestAnAddressThatSomebodyTypedShowsNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	before := r.sent()
	made, err := r.account(auth.Administrator, "admin@example.org").AddUser(t.Context(), newUser("ZOE@example.org"))
	if err != nil || made.EmailVerified {
		t.Fatalf("%+v, %v", made, err)
	}
	after := r.made()
	typed := r.as(auth.Person{Subject: made.ID, Role: auth.Customer})
	for name, id := range map[string]contract.ID{"before": before.ID, "after": after.ID} {
		if r.sees(typed, id) {
			t.Errorf("it sees a contract that was made %s it", name)
		}
	}
	for name, link := range map[string]string{"invented": history.Digest([]byte("x")), "mailed to another": r.mailedTo("ada@example.org")} {
		if _, err := typed.ProveAddress(t.Context(), made.ID, link, accounts.HashPrefix+"new"); !errors.Is(err, persistclient.ErrNotFound) {
			t.Errorf("a link that was %s: %v", name, err)
		}
	}
	other := r.typed(auth.Customer, "other@example.org")
	if _, err := other.ProveAddress(t.Context(), made.ID, r.mailed(before.ID), accounts.HashPrefix+"new"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("somebody else proved it: %v", err)
	}
	if _, err := typed.ProveAddress(t.Context(), other.Subject, r.mailedTo("zoe@example.org"), accounts.HashPrefix+"new"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("for somebody else: %v", err)
	}
	if r.sees(typed, before.ID) {
		t.Error("it sees a contract after tries that failed")
	}
}

// mailedTo is the digest of a link that was mailed to this address, as the first signer of a contract of its own.
func (r *fixture) mailedTo(address string) string {
	r.t.Helper()
	v := r.sent()
	pgtest.Superuser(r.t, `UPDATE `+r.schema()+`.signers SET email = '`+address+`' WHERE id = 's1' AND contract = '`+string(v.ID)+`'`)
	return r.mailed(v.ID)
}

// TestWhoProvesAnAddressTakesTheAccountOver: past and coming contracts are seen, and nobody who opened the account before
// opens it any more, by password, session or token.
func TestWhoProvesAnAddressTakesTheAccountOver(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	past := r.sent()
	zoe := r.typed(auth.Customer, "zoe@example.org")
	session := r.session("1")
	session.User = zoe.Subject
	o := r.function(access.Orchestrate)
	if err := o.StartSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	u, err := zoe.ProveAddress(t.Context(), zoe.Subject, r.mailed(past.ID), accounts.HashPrefix+"new")
	if err != nil || !u.EmailVerified || u.Epoch != 1 || u.PasswordHash != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	if kept, err := o.UserByEmail(t.Context(), "zoe@example.org", somewhere); err != nil || kept.PasswordHash != accounts.HashPrefix+"new" {
		t.Errorf("the password is %q, %v", kept.PasswordHash, err)
	}
	if _, err := zoe.Contract(t.Context(), past.ID); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("a token from before: %v", err)
	}
	if _, err := r.rotate("1", "2"); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a session from before: %v", err)
	}
	now := r.as(auth.Person{Subject: zoe.Subject, Role: auth.Customer, Epoch: u.Epoch})
	for name, id := range map[string]contract.ID{"past": past.ID, "coming": r.made().ID} {
		if !r.sees(now, id) {
			t.Errorf("a contract that is %s is not seen", name)
		}
	}
}

func TestALinkThatHasEndedProvesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	zoe, link := r.typed(auth.Customer, "zoe@example.org"), r.mailed(v.ID)
	r.becomes(string(v.ID), "cancelled")
	if _, err := zoe.ProveAddress(t.Context(), zoe.Subject, link, accounts.HashPrefix+"new"); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestWhatAnIssuerVerifiedIsProved, and ends what an administrator who made the account knows of it.
func TestWhatAnIssuerVerifiedIsProved(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	typed := r.typed(auth.Customer, "Zoe@example.org")
	other, err := r.identify(func(who *persistclient.Identity) { who.Email, who.Subject = "another@example.org", "8" })
	if err != nil || !other.EmailVerified || other.Epoch != 0 {
		t.Errorf("a new account: %+v, %v", other, err)
	}
	u, err := r.identify(nil)
	if err != nil || u.ID != typed.Subject || !u.EmailVerified || u.Epoch != 1 {
		t.Fatalf("%+v, %v", u, err)
	}
	if kept, err := r.function(access.Orchestrate).UserByEmail(t.Context(), "zoe@example.org", somewhere); err != nil || kept.PasswordHash != auth.NoPassword {
		t.Errorf("the password that somebody gave it is %q, %v", kept.PasswordHash, err)
	}
	if !r.sees(r.as(auth.Person{Subject: u.ID, Role: u.Role, Epoch: u.Epoch}), v.ID) {
		t.Error("what her address signs is not seen")
	}
	if again, err := r.identify(nil); err != nil || again.Epoch != 1 {
		t.Errorf("at the second visit %+v, %v", again, err)
	}
}

// TestAnIssuerProvesOnlyTheAddressThatItVerified: somebody who has an account here may have another one there.
func TestAnIssuerProvesOnlyTheAddressThatItVerified(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	typed := r.typed(auth.Customer, "zoe@example.org")
	if err := r.raw(access.Caller{Function: access.Orchestrate}, `INSERT INTO identities VALUES ('https://id.example/', '7', '`+typed.Subject+`', now())`, nil); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"other@example.org", ""} {
		if u, err := r.identify(func(who *persistclient.Identity) { who.Email = address }); err != nil || u.ID != typed.Subject || u.EmailVerified || u.Epoch != 0 {
			t.Errorf("%q: %+v, %v", address, u, err)
		}
	}
	if u, err := r.identify(func(who *persistclient.Identity) { who.Email = "ZOE@example.org" }); err != nil || !u.EmailVerified || u.Epoch != 1 {
		t.Errorf("its own: %+v, %v", u, err)
	}
}

// TestAContractThatIsBeingMadeIsSeenByWhoIsJustProvingTheirAddress: neither of the two sees what the other has not
// committed, so one waits for the other.
func TestAContractThatIsBeingMadeIsSeenByWhoIsJustProvingTheirAddress(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	zoe := r.typed(auth.Customer, "zoe@example.org")
	tx, err := r.connected(string(r.serving)).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), setSubject, "function", "persist", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT prove_address($1, $2)`, zoe.Subject, time.Now()); err != nil {
		t.Fatal(err)
	}
	made := make(chan persistclient.View, 1)
	go func() {
		v, err := r.manager.Create(context.Background(), persistsamples.Draft(), persistclient.Idempotency{})
		if err != nil {
			t.Error(err)
		}
		made <- v
	}()
	r.blocked()
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := <-made; !r.sees(zoe, v.ID) {
		t.Error("it is not seen")
	}
}
