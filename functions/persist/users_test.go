package persist

import (
	"context"
	"errors"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func newUser(email string) persistclient.User {
	return persistclient.User{Email: email, Name: "Zoé Müller", Role: auth.Customer, Locale: "fr", PasswordHash: accounts.HashPrefix + "v=19$x"}
}

func TestPasswordHashesAreForOrchestrateAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	ctx, admin := context.Background(), r.account(auth.Administrator, "admin@example.org")
	made, err := admin.AddUser(ctx, newUser("zoe@example.org"))
	if err != nil || made.ID == "" || made.PasswordHash != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	if u, err := r.function(access.Orchestrate).UserByEmail(ctx, "ZOE@example.org", somewhere); err != nil || u.PasswordHash == "" || u.ID != made.ID {
		t.Errorf("orchestrate is told %+v, %v", u, err)
	}
	all, err := admin.Users(ctx)
	if err != nil || len(all) != 3 {
		t.Errorf("%d users, %v", len(all), err)
	}
	one, err := admin.User(ctx, made.ID)
	for _, u := range append(all, one) {
		if err != nil || u.PasswordHash != "" {
			t.Errorf("an administrator is told %+v, %v", u, err)
		}
	}
	if _, err := r.manager.User(ctx, made.ID); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("somebody else's account: %v", err)
	}
	if u, err := r.manager.User(ctx, r.manager.Subject); err != nil || u.ID != r.manager.Subject {
		t.Errorf("one's own account: %+v, %v", u, err)
	}
	if _, err := admin.AddUser(ctx, newUser("Zoe@Example.org")); !errors.Is(err, persistclient.ErrConflict) {
		t.Errorf("the same address again: %v", err)
	}
}

// TestAnAddressThatNobodyCanWriteToIsNotKept: the rule is that of the forms, at every question that brings an address.
func TestAnAddressThatNobodyCanWriteToIsNotKept(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	ctx, admin := context.Background(), r.account(auth.Administrator, "admin@example.org")
	for _, address := range []string{"x@[127.0.0.1]", "x@-a.b", "x@localhost", "a@b@c.example", "é@example.org", "a@example.org."} {
		d := persistsamples.Draft()
		d.People[0].Email = address
		_, asSigner := r.manager.Create(ctx, d, persistclient.Idempotency{})
		_, asUser := admin.AddUser(ctx, newUser(address))
		_, asIdentity := r.function(access.Orchestrate).Identify(ctx, persistclient.Identity{Issuer: "https://id.example", Subject: "7", Email: address, Name: "Zoé", Role: auth.Customer, Locale: "fr"})
		for field, err := range map[string]error{"people[0].email": asSigner, "email": errors.Join(asUser, asIdentity)} {
			var p function.Problem
			if !errors.As(err, &p) || len(p.Fields) != 1 || p.Fields[0].Field != field {
				t.Errorf("%s as %s: %v", address, field, err)
			}
		}
	}
}
