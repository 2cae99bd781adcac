package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const someHash, otherHash = "$argon2id$v=19$some", "$argon2id$v=19$other"

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// unverified is an account that an administrator made for this address.
func (p Persist) unverified(t *testing.T, email string) person {
	t.Helper()
	u, err := p.account(t, admin).AddUser(t.Context(), persistclient.User{Email: email, Name: "Ada", Role: customer, Locale: "en", PasswordHash: someHash})
	if err != nil {
		t.Fatal(err)
	}
	return p.person(t, auth.Person{Subject: u.ID, Role: u.Role, Epoch: u.Epoch}, u.Email)
}

func (p Persist) accounts(t *testing.T) {
	root, orchestrate := p.account(t, admin), p.as(t, "orchestrate")
	email := "Ada." + newID() + "@example.org"
	asked := persistclient.User{ID: "chosen", Email: email, Name: "Ada", Role: manager, Locale: "en", PasswordHash: someHash, EmailVerified: true, Epoch: 7}
	made, err := root.AddUser(t.Context(), asked)
	want := persistclient.User{ID: made.ID, Email: email, Name: "Ada", Role: manager, Locale: "en"}
	if err != nil || made != want || made.ID == "" || made.ID == "chosen" {
		t.Fatalf("made %+v, %v", made, err)
	}
	if got := p.raw(t, root.Client, "POST", "/users", body(t, persistclient.User{Email: newID() + "@example.org", Name: "x", Role: manager, Locale: "en", PasswordHash: someHash})); got.status != 201 {
		t.Errorf("made: %d", got.status)
	}
	asked.Email = strings.ToUpper(email)
	if _, err := root.AddUser(t.Context(), asked); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("the same address: %v", err)
	}
	known, err := orchestrate.UserByEmail(t.Context(), strings.ToLower(email), "")
	if want.PasswordHash = someHash; err != nil || known != want {
		t.Errorf("by its address: %+v, %v", known, err)
	}
	if _, err := orchestrate.UserByEmail(t.Context(), "nobody@example.org", ""); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("an address that nobody has: %v", err)
	}
	want.PasswordHash = ""
	own := p.person(t, auth.Person{Subject: made.ID, Role: manager}, email)
	for what, who := range map[string]*persistclient.Client{"their own": own.Client, "an administrator": root.Client, "orchestrate": orchestrate} {
		if u, err := who.User(t.Context(), made.ID); err != nil || u != want {
			t.Errorf("%s: %+v, %v", what, u, err)
		}
	}
	if _, err := p.account(t, manager).User(t.Context(), made.ID); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	all, err := root.Users(t.Context())
	if err != nil || !slices.Contains(all, want) || slices.ContainsFunc(all, func(u persistclient.User) bool { return u.PasswordHash != "" }) {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func (p Persist) identities(t *testing.T) {
	orchestrate := p.as(t, "orchestrate")
	who := identity(newID(), manager)
	u, err := orchestrate.Identify(t.Context(), who)
	if err != nil || u.Email != who.Email || u.Name != who.Name || u.Role != manager || !u.EmailVerified || u.PasswordHash != "" || u.Disabled {
		t.Fatalf("the first visit: %+v, %v", u, err)
	}
	if again, err := orchestrate.Identify(t.Context(), who); err != nil || again != u {
		t.Errorf("the second visit: %+v, %v", again, err)
	}
	who.Role = customer
	if changed, err := orchestrate.Identify(t.Context(), who); err != nil || changed.ID != u.ID || changed.Role != customer {
		t.Errorf("in another role: %+v, %v", changed, err)
	}
	who.Subject = "another"
	if _, err := orchestrate.Identify(t.Context(), who); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("another subject with this address: %v", err)
	}
	// who has an account keeps its role, and its password opens nothing more once an issuer vouches for the address
	own := p.unverified(t, "ada-"+newID()+"@example.org")
	claimed := identity(newID(), admin)
	claimed.Email = own.email
	got, err := orchestrate.Identify(t.Context(), claimed)
	if err != nil || got.ID != own.who.Subject || got.Role != customer || !got.EmailVerified || got.Epoch != own.who.Epoch+1 {
		t.Errorf("of an account: %+v, %v", got, err)
	}
	if kept, err := orchestrate.UserByEmail(t.Context(), own.email, ""); err != nil || kept.PasswordHash == someHash {
		t.Errorf("its password: %+v, %v", kept, err)
	}
}

func (p Persist) closed(t *testing.T) {
	gone := p.account(t, manager)
	p.Disable(t, gone.who.Subject)
	if _, err := gone.Contracts(t.Context(), persistclient.Query{}); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("with a token from before: %v", err)
	}
	u, err := p.as(t, "orchestrate").User(t.Context(), gone.who.Subject)
	if err != nil || !u.Disabled || u.Epoch == gone.who.Epoch {
		t.Errorf("it is %+v, %v", u, err)
	}
	after := gone.who
	after.Epoch = u.Epoch
	if _, err := p.person(t, after, "").Contracts(t.Context(), persistclient.Query{}); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("with a token from after: %v", err)
	}
	s := session(u)
	if err := p.as(t, "orchestrate").StartSession(t.Context(), s); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a session: %v", err)
	}
}

func (p Persist) addresses(t *testing.T) {
	owner := p.account(t, manager)
	d := draft()
	v, err := owner.Create(t.Context(), d, once)
	if err != nil {
		t.Fatal(err)
	}
	v = p.open(t, owner, v)
	secret := p.Mail(t, v.ID, *v.Notification(contract.Invitation, "s1"))
	own, other := p.unverified(t, d.People[0].Email), p.unverified(t, d.People[1].Email)
	if _, err := own.ProveAddress(t.Context(), own.who.Subject, digestOf("invented"), otherHash); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("with an invented link: %v", err)
	}
	if _, err := other.ProveAddress(t.Context(), other.who.Subject, digestOf(secret), otherHash); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("with another's: %v", err)
	}
	if _, err := own.ProveAddress(t.Context(), other.who.Subject, digestOf(secret), otherHash); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("for another: %v", err)
	}
	u, err := own.ProveAddress(t.Context(), own.who.Subject, digestOf(secret), otherHash)
	if err != nil || u.ID != own.who.Subject || !u.EmailVerified || u.Epoch != own.who.Epoch+1 || u.PasswordHash != "" {
		t.Fatalf("proved: %+v, %v", u, err)
	}
	if _, err := own.User(t.Context(), own.who.Subject); !errors.Is(err, auth.ErrNotAccepted) {
		t.Errorf("a token from before: %v", err)
	}
	after := own.who
	after.Epoch = u.Epoch
	if seen, err := p.person(t, after, "").Contract(t.Context(), v.ID); err != nil || seen.Relation.Signer != "s1" {
		t.Errorf("what they sign: %+v, %v", seen.Relation, err)
	}
	if kept, err := p.as(t, "orchestrate").UserByEmail(t.Context(), own.email, ""); err != nil || kept.PasswordHash != otherHash {
		t.Errorf("the password: %+v, %v", kept, err)
	}
}

func (p Persist) passwords(t *testing.T) {
	own, orchestrate := p.unverified(t, newID()+"@example.org"), p.as(t, "orchestrate")
	for _, row := range []struct{ was, now, want string }{{otherHash, "$argon2id$third", someHash}, {someHash, otherHash, otherHash}, {someHash, "$argon2id$third", otherHash}} {
		if err := orchestrate.Rehash(t.Context(), own.who.Subject, row.was, row.now); err != nil {
			t.Error(err)
		}
		if u, err := orchestrate.UserByEmail(t.Context(), own.email, ""); err != nil || u.PasswordHash != row.want {
			t.Errorf("%s in the place of %s: %+v, %v", row.now, row.was, u, err)
		}
	}
}
