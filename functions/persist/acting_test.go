package persist

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// bodies are what each question that takes one is asked with, so that nothing but who asks can be wrong with it.
func (r *fixture) bodies() map[string]string {
	action, err := json.Marshal(persistclient.Action{Kind: lifecycle.Retry, Version: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	user, err := json.Marshal(newUser("new@example.org"))
	if err != nil {
		r.t.Fatal(err)
	}
	proof := `{"link":"` + strings.Repeat("a", 64) + `","password_hash":"` + accounts.HashPrefix + `x"}`
	return map[string]string{"POST /users/{id}/address": proof, "POST /contracts": validDraft(), "POST /contracts/{id}/actions": string(action), "POST /users": string(user),
		"POST /stray-requests/{id}/settled": `{"state":"cancelled"}`}
}

// refusedEverywhere asks everything that this role may ask, and wants to be taken for nobody each time.
func (r *fixture) refusedEverywhere(name string, as person, id string) {
	r.t.Helper()
	asked := 0
	for _, q := range httpapi.Routes {
		if !slices.Contains(q.Allowed.Roles, as.Role) {
			continue
		}
		asked++
		method, path, _ := strings.Cut(q.Pattern, " ")
		path = strings.NewReplacer("/users/{id}", "/users/"+as.Subject, "{id}", id, "{cause}", "overdue", "{action}", "retry", "{digest}", strings.Repeat("a", 64)).Replace(path)
		if status, text := r.ask(as.Client, method, path, r.bodies()[q.Pattern]); status != http.StatusUnauthorized {
			r.t.Errorf("%s, %s: %d %s", name, q.Pattern, status, text)
		}
	}
	if asked < 3 {
		r.t.Errorf("%s asked %d questions", name, asked)
	}
}

// TestWhoDoesNotStandAsTheirTokenSaysDoesNothingMore: not one question is answered, and nothing is written.
func TestWhoDoesNotStandAsTheirTokenSaysDoesNothingMore(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	users := r.schema() + ".users"
	for name, change := range map[string]func(p person) person{
		"disabled": func(p person) person {
			pgtest.Superuser(t, "UPDATE "+users+" SET disabled = true WHERE id = '"+p.Subject+"'")
			return p
		},
		"disabled and enabled again": func(p person) person {
			pgtest.Superuser(t, "UPDATE "+users+" SET disabled = true WHERE id = '"+p.Subject+"'")
			pgtest.Superuser(t, "UPDATE "+users+" SET disabled = false WHERE id = '"+p.Subject+"'")
			return p
		},
		"in another role by now": func(p person) person {
			other := map[auth.Role]auth.Role{auth.Customer: auth.Manager, auth.Manager: auth.Administrator, auth.Administrator: auth.Customer}[p.Role]
			pgtest.Superuser(t, "UPDATE "+users+" SET role = '"+string(other)+"' WHERE id = '"+p.Subject+"'")
			return p
		},
		"gone": func(p person) person {
			pgtest.Superuser(t, "DELETE FROM "+users+" WHERE id = '"+p.Subject+"'")
			return p
		},
		"of an epoch to come": func(p person) person {
			return r.as(auth.Person{Subject: p.Subject, Role: p.Role, Epoch: p.Epoch + 1})
		},
	} {
		for _, role := range []auth.Role{auth.Customer, auth.Manager, auth.Administrator} {
			p := r.account(role, ids.New()+"@example.org")
			if _, err := p.User(context.Background(), p.Subject); err != nil {
				t.Fatalf("before: %v", err)
			}
			r.refusedEverywhere(name, change(p), string(v.ID))
		}
	}
	if now := r.stands(v.ID); now.Version != v.Version {
		t.Errorf("version %d became %d", v.Version, now.Version)
	}
	var made int
	if r.query(&made, `SELECT (SELECT count(*) FROM contracts) + (SELECT count(*) FROM users WHERE email = 'new@example.org')`); made != 1 {
		t.Errorf("%d things more were made", made-1)
	}
}

// TestASignerComesInAsLongAsTheLinkIsOpen: a link that ended is refused to who holds it and to who came in by it.
func TestASignerComesInAsLongAsTheLinkIsOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(r *fixture, id string)
		open bool
	}{
		"completed": {func(r *fixture, id string) { r.becomes(id, "completed") }, true},
		"cancelled": {func(r *fixture, id string) { r.becomes(id, "cancelled") }, false},
		"declined":  {func(r *fixture, id string) { r.becomes(id, "declined") }, false},
		"signed after its end": {func(r *fixture, id string) {
			r.becomes(id, "cancelled")
			pgtest.Superuser(r.t, `UPDATE `+r.schema()+`.contracts SET snapshot = jsonb_set(snapshot, '{request,signed}', 'true')`)
		}, true},
		"expired":                 {func(r *fixture, id string) { r.becomes(id, "expired") }, false},
		"their account is closed": {func(r *fixture, _ string) { r.close("zoe@example.org", true) }, false},
		"an account is closed that somebody made with their address": {func(r *fixture, _ string) { r.close("zoe@example.org", false) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t)
			v := r.sent()
			claim, err := r.function(access.SendMail).ClaimNotification(t.Context(), v.ID, invitation)
			if err != nil {
				t.Fatal(err)
			}
			link := r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})
			if _, err := link.Contract(t.Context(), v.ID); err != nil {
				t.Fatalf("before: %v", err)
			}
			c.end(r, string(v.ID))
			_, err = r.function(access.Orchestrate).OpenLink(t.Context(), history.Digest([]byte(claim.Link)), somewhere)
			if c.open != (err == nil) || !c.open && !errors.Is(err, persistclient.ErrNotFound) {
				t.Errorf("the link: %v", err)
			}
			if c.open {
				_, err = link.Contract(t.Context(), v.ID)
				if err != nil {
					t.Errorf("who came in by it: %v", err)
				}
				return
			}
			r.refusedEverywhere(name, link, string(v.ID))
		})
	}
}

// becomes gives a contract another status, past all rules.
func (r *fixture) becomes(id, status string) {
	pgtest.Superuser(r.t, `UPDATE `+r.schema()+`.contracts SET status = '`+status+`', snapshot = jsonb_set(snapshot, '{status}', '"`+status+`"') WHERE id = '`+id+`'`)
}

// close makes an account with this address and disables it.
func (r *fixture) close(address string, verified bool) {
	p := r.typed(auth.Customer, address)
	proved := map[bool]string{true: "now()", false: "NULL"}[verified]
	pgtest.Superuser(r.t, `UPDATE `+r.schema()+`.users SET email_verified_at = `+proved+`, disabled = true WHERE id = '`+p.Subject+`'`)
}

func TestNobodySignsForASignerWhoIsNotOfTheContract(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	r.refusedEverywhere("a signer of another contract", r.as(auth.Person{Subject: "s9", Role: auth.SignerByLink, Contract: string(v.ID)}), string(v.ID))
}

// TestDisablingEndsEverySession for good: what was ended stays so when the account is enabled again.
func TestDisablingEndsEverySession(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	pgtest.Superuser(t, "UPDATE "+r.schema()+".users SET disabled = true")
	pgtest.Superuser(t, "UPDATE "+r.schema()+".users SET disabled = false")
	if _, err := r.rotate("1", "2"); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a session lived on: %v", err)
	}
	late := r.session("3") // for a password that was right before
	late.Family = "f2"
	if err := r.function(access.Orchestrate).StartSession(t.Context(), late); !errors.Is(err, persistclient.ErrDenied) {
		t.Errorf("a session began: %v", err)
	}
	if late.Epoch = 1; r.function(access.Orchestrate).StartSession(t.Context(), late) != nil {
		t.Error("no new session begins")
	}
}

// TestTheTablesOwnerDisablesAnAccountToo, who is bound by row-level security where they are no superuser.
func TestTheTablesOwnerDisablesAnAccountToo(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	humble := r.humbleOwner()
	tag, err := humble.Exec(t.Context(), `UPDATE users SET disabled = true WHERE id = $1`, r.manager.Subject)
	if err != nil || tag.RowsAffected() != 0 {
		t.Fatalf("without a role %v, %v", tag, err)
	}
	if _, err := humble.Exec(t.Context(), `SELECT set_config('paraphe.role', 'function', false)`); err != nil {
		t.Fatal(err)
	}
	if tag, err = humble.Exec(t.Context(), `UPDATE users SET disabled = true WHERE id = $1`, r.manager.Subject); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%v, %v", tag, err)
	}
	var ended int
	if r.query(&ended, `SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL`); ended != 1 {
		t.Errorf("%d sessions ended", ended)
	}
}

// TestWhoActsIsLookedUpByTheServingRoleAlone: nobody else may ask, and no search_path leads the look elsewhere.
func TestWhoActsIsLookedUpByTheServingRoleAlone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	var open string
	r.query(&open, `SELECT coalesce(string_agg(p.proname, ' '), '') FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
		AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)
			OR NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=pg_catalog, %, pg_temp'))`)
	if open != "" {
		t.Errorf("anybody may run, or lead elsewhere: %s", open)
	}
	disabled := r.account(auth.Manager, "closed@example.org")
	pgtest.Superuser(t, "UPDATE "+r.schema()+".users SET disabled = true WHERE id = '"+disabled.Subject+"'")
	c := r.connected(string(r.serving))
	for _, statement := range []string{`CREATE TEMP TABLE users AS SELECT * FROM ` + r.schema() + `.users WHERE false`,
		`INSERT INTO pg_temp.users (id, role, epoch, disabled) VALUES ('` + disabled.Subject + `', 'manager', 1, false)`, `SET search_path = pg_temp`} {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if _, err := c.Exec(t.Context(), `SELECT `+r.schema()+`.act_as('manager', $1, '', 1)`, disabled.Subject); !sqlstate.Is(err, sqlstate.StaleToken, "") {
		t.Errorf("another table was asked: %v", err)
	}
}
