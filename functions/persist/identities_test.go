package persist

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func stranger(change func(*persistclient.Identity)) persistclient.Identity {
	who := persistclient.Identity{Issuer: "https://id.example/", Subject: "7", Email: "zoe@example.org", Name: "Zoé", Role: auth.Customer, Locale: "fr"}
	if change != nil {
		change(&who)
	}
	return who
}

// identify asks as orchestrate does.
func (r *fixture) identify(change func(*persistclient.Identity)) (persistclient.User, error) {
	return r.function(access.Orchestrate).Identify(context.Background(), stranger(change))
}

func TestSomebodyFromOutsideHasOneAccount(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made() // zoe@example.org signs it
	first, err := r.identify(nil)
	if err != nil || first.Email != "zoe@example.org" || first.Role != auth.Customer || first.PasswordHash != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := r.identify(func(who *persistclient.Identity) {
		who.Role, who.Email, who.Name = auth.Manager, "new@example.org", "Z"
	})
	if err != nil || again.ID != first.ID || again.Role != auth.Manager || again.Email != "zoe@example.org" {
		t.Errorf("at the second visit %+v, %v", again, err)
	}
	if _, err := r.as(auth.Person{Subject: first.ID, Role: again.Role}).Contract(context.Background(), v.ID); err != nil {
		t.Errorf("what her verified address signs: %v", err)
	}
	other, err := r.identify(func(who *persistclient.Identity) { who.Issuer, who.Email = "https://other.example", "" })
	if err != nil || other.ID == first.ID || other.Email != "" {
		t.Errorf("the same subject of another issuer is %+v, %v", other, err)
	}
	if _, err := r.as(auth.Person{Subject: other.ID, Role: auth.Customer}).Contract(context.Background(), v.ID); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("without a verified address: %v", err)
	}
}

func TestTwoFirstVisitsAtOnceMakeOneAccount(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	var all sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		all.Go(func() {
			u, err := r.identify(nil)
			if ids[i] = u.ID; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("accounts %v", ids)
		}
	}
}

// TestAnAddressIsNotEnoughToBecomeSomebody: the first subject with a verified address gets the account that has it;
// a second one with that address is another person, who was given it since.
func TestAnAddressIsNotEnoughToBecomeSomebody(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	made, err := r.account(auth.Administrator, "admin@example.org").AddUser(context.Background(), newUser("Zoe@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	if u, err := r.identify(func(who *persistclient.Identity) { who.Role = auth.Manager }); err != nil || u.ID != made.ID || u.Role != auth.Customer || u.PasswordHash != "" {
		t.Errorf("her own account is %+v, %v", u, err)
	}
	if u, err := r.identify(func(who *persistclient.Identity) { who.Role = auth.Manager }); err != nil || u.Role != auth.Customer {
		t.Errorf("an issuer changed the role of an account with a password: %+v, %v", u, err)
	}
	if u, err := r.identify(func(who *persistclient.Identity) { who.Subject = "8" }); !errors.Is(err, persistclient.ErrConflict) || u.ID != "" {
		t.Errorf("somebody else with her address is %+v, %v", u, err)
	}
}

func TestAnAddressThatIsVerifiedLaterCounts(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	nameless := func(who *persistclient.Identity) { who.Email, who.Role = "", auth.Manager }
	u, err := r.identify(nameless)
	if err != nil || u.Email != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	zoe := r.as(auth.Person{Subject: u.ID, Role: auth.Manager})
	var refused interface{ Error() string }
	if _, err := zoe.Create(context.Background(), persistsamples.Draft(), persistclient.Idempotency{}); !errors.As(err, &refused) || errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a contract of an owner whom no notification reaches: %v", err)
	}
	taken, err := r.identify(func(who *persistclient.Identity) { who.Role, who.Email = auth.Manager, "manager@example.org" })
	if err != nil || taken.ID != u.ID || taken.Email != "" {
		t.Errorf("an address that another has: %+v, %v", taken, err)
	}
	if u, err = r.identify(func(who *persistclient.Identity) { who.Role = auth.Manager }); err != nil || u.Email != "zoe@example.org" {
		t.Errorf("once it is verified: %+v, %v", u, err)
	}
	if _, err := zoe.Contract(context.Background(), v.ID); err != nil {
		t.Errorf("what her address signs: %v", err)
	}
	mine := persistsamples.Draft()
	mine.ID = contract.ID(ids.New())
	if _, err := zoe.Create(context.Background(), mine, persistclient.Idempotency{}); err != nil {
		t.Errorf("and a contract of hers: %v", err)
	}
}

func TestAHashIsReplacedOnlyWhereItStillStands(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	ctx, o := context.Background(), r.function(access.Orchestrate)
	made, err := r.account(auth.Administrator, "admin@example.org").AddUser(ctx, newUser("zoe@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	was := newUser("").PasswordHash
	for _, step := range []struct{ was, now, want string }{
		{"another", accounts.HashPrefix + "1", was}, {was, accounts.HashPrefix + "1", accounts.HashPrefix + "1"}, {was, accounts.HashPrefix + "2", accounts.HashPrefix + "1"},
	} {
		if err := o.Rehash(ctx, made.ID, step.was, step.now); err != nil {
			t.Error(err)
		}
		if u, err := o.UserByEmail(ctx, "zoe@example.org", somewhere); err != nil || u.PasswordHash != step.want {
			t.Errorf("%+v: %q, %v", step, u.PasswordHash, err)
		}
	}
	if err := o.Rehash(ctx, made.ID, accounts.HashPrefix+"1", "plain"); err == nil {
		t.Error("what is no hash was kept")
	}
}
