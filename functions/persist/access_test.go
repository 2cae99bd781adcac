package persist

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/functions/persist/store/sqlstate"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

func TestAQueryThatForgetsItsWhereReturnsNothingForeign(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	mine := r.sent()
	zoe := r.account(auth.Customer, "ZOE@example.org")
	other := r.account(auth.Manager, "other@example.org") // outsiders have a contract too, so that they see something
	stranger := r.account(auth.Customer, "stranger@example.org")
	theirs := persistsamples.Draft()
	theirs.People = theirs.People[1:]
	theirs.People[0].Email = "stranger@example.org"
	if _, err := other.Create(context.Background(), theirs, persistclient.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	if err := r.raw(access.Itself, `INSERT INTO files SELECT id, '`+history.Digest([]byte("%PDF-1"))+`', 6, '%PDF-1', now() FROM contracts`, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.raw(access.Itself, `INSERT INTO notifications SELECT id, 'invitation', 1, 's1', 'taken', now(), NULL FROM contracts`, nil); err != nil {
		t.Fatal(err)
	}
	link := func(id contract.ID) access.Caller {
		return access.Caller{Person: auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(id)}}
	}
	for name, c := range map[string]struct {
		as   access.Caller
		sees bool
	}{
		"its owner":                       {r.manager.Caller, true},
		"another manager":                 {other.Caller, false},
		"a customer who signs it":         {zoe.Caller, true},
		"a customer who does not":         {stranger.Caller, false},
		"a signer by its link":            {link(mine.ID), true},
		"a signer by another's link":      {link(contract.ID(ids.New())), false},
		"an administrator":                {access.Caller{Person: auth.Person{Subject: "a", Role: auth.Administrator}}, true},
		"a function":                      {access.Itself, true},
		"nobody in particular":            {access.Caller{}, false},
		"the owner's id in no known role": {access.Caller{Person: auth.Person{Subject: r.manager.Subject, Role: "owner"}}, false},
	} {
		for _, table := range []string{"contracts", "signers", "files", "notifications", "history", "attempts"} {
			sees := c.sees && (table != "attempts" || c.as.Function != "")
			column := "contract"
			if table == "contracts" {
				column = "id"
			}
			var seen []string
			err := r.raw(c.as, `SELECT coalesce(array_agg(`+column+`), '{}') FROM `+table, &seen)
			if err != nil || slices.Contains(seen, string(mine.ID)) != sees {
				t.Errorf("%s sees %s of %v, %v", name, table, seen, err)
			}
		}
	}
}

func TestAQueryThatForgetsItsWhereReturnsNoForeignAccount(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	mine := r.sent()
	r.account(auth.Customer, "zoe@example.org")
	other := r.account(auth.Manager, "other@example.org")
	ada := r.account(auth.Customer, "ada@example.org") // who signs it, as Zoe does
	for name, c := range map[string]struct {
		as   access.Caller
		want string
	}{
		"its owner":            {r.manager.Caller, "Manager@Example.org"},
		"another manager":      {other.Caller, "other@example.org"},
		"a customer who signs": {ada.Caller, "ada@example.org Manager@Example.org"},
		"a signer by a link":   {access.Caller{Person: auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(mine.ID)}}, "Manager@Example.org"},
		"by no link":           {access.Caller{Person: auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: ids.New()}}, ""},
		"nobody":               {access.Caller{}, ""},
		"an administrator":     {access.Caller{Person: auth.Person{Subject: "a", Role: auth.Administrator}}, "ada@example.org Manager@Example.org other@example.org zoe@example.org"},
		"a function":           {access.Itself, "ada@example.org Manager@Example.org other@example.org zoe@example.org"},
	} {
		var seen string
		if err := r.raw(c.as, `SELECT coalesce(string_agg(email, ' ' ORDER BY lower(email)), '') FROM users`, &seen); err != nil || seen != c.want {
			t.Errorf("%s sees %q, %v; want %q", name, seen, err, c.want)
		}
	}
	for _, as := range []access.Caller{r.manager.Caller, ada.Caller, {}} {
		if err := r.raw(as, `WITH changed AS (UPDATE users SET role = 'administrator' RETURNING 1) SELECT count(*) FROM changed`, new(int)); err != nil {
			t.Fatal(err)
		}
	}
	var made int
	if r.query(&made, `SELECT count(*) FROM users WHERE role = 'administrator'`); made != 0 {
		t.Errorf("%d people made themselves administrators", made)
	}
}

func TestNobodyChangesAContractThatIsNotTheirs(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	customer := r.account(auth.Customer, "ada@example.org")
	for name, as := range map[string]access.Caller{
		"another manager":      r.account(auth.Manager, "other@example.org").Caller,
		"a customer who signs": customer.Caller,
		"nobody":               {},
	} {
		if err := r.raw(as, `UPDATE contracts SET causes = '{mine}'`, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.raw(as, `INSERT INTO free_texts VALUES ('`+string(v.ID)+`', 9, '\x00112233445566778899aabbccddeeff', 'x')`, nil); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
			t.Errorf("%s wrote behind a contract: %v", name, err)
		}
	}
	var marked int
	if r.query(&marked, `SELECT count(*) FROM contracts WHERE causes <> '{}'`); marked != 0 {
		t.Error("somebody else changed it")
	}
	const columns = `owner, status, version, title, template, language, data, snapshot, deadline, head, history_seq, created_at, updated_at`
	forged := `INSERT INTO contracts (id, ` + columns + `) SELECT '` + ids.New() + `', ` + columns + ` FROM contracts`
	if err := r.raw(customer.Caller, forged, nil); !sqlstate.Is(err, sqlstate.InsufficientPrivilege, "") {
		t.Errorf("a customer made a contract for somebody else: %v", err)
	}
}

func TestAForeignContractIsNotFoundLikeAnUnknownOne(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	other := r.account(auth.Manager, "other@example.org")
	unknown := contract.ID(ids.New())
	for _, path := range []string{"", "/history", "/files/" + strings.Repeat("a", 64)} {
		foreignStatus, foreign := r.get(other, "/contracts/"+string(v.ID)+path)
		unknownStatus, none := r.get(other, "/contracts/"+string(unknown)+path)
		if foreignStatus != http.StatusNotFound || foreignStatus != unknownStatus || foreign != none {
			t.Errorf("%s: %d %s, but %d %s", path, foreignStatus, foreign, unknownStatus, none)
		}
	}
	if _, err := other.Perform(context.Background(), v.ID, persistsamples.SendAction(1), persistclient.Idempotency{}); !errors.Is(err, persistclient.ErrNotFound) {
		t.Errorf("a foreign wish: %v", err)
	}
}

// Every question is asked by every caller; what the table admits is not refused, and everything else is.
func TestEveryQuestionIsForThoseWhoMayAskIt(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.made()
	callers := map[string]*persistclient.Client{access.Orchestrate: r.function(access.Orchestrate), access.GenerateDoc: r.function(access.GenerateDoc),
		access.SendMail: r.function(access.SendMail), "receive-webhook": r.function("receive-webhook"), access.Persist: r.function(access.Persist)}
	for _, role := range []auth.Role{auth.Customer, auth.Manager, auth.Administrator} {
		callers[string(role)] = r.account(role, "any-"+string(role)+"@example.org").Client
	}
	callers["signer"] = r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)}).Client
	want := map[string]string{
		"POST /contracts":                                "manager administrator",
		"GET /contracts":                                 "customer manager administrator",
		"GET /contracts/{id}":                            "customer manager administrator signer orchestrate generate-doc",
		"POST /contracts/{id}/actions":                   "manager administrator",
		"GET /contracts/{id}/history":                    "customer manager administrator signer",
		"POST /contracts/{id}/facts":                     "generate-doc orchestrate send-mail",
		"GET /contracts/{id}/files/{digest}":             "customer manager administrator signer orchestrate send-mail",
		"POST /contracts/{id}/notifications":             "send-mail",
		"POST /contracts/{id}/notifications/handover":    "send-mail",
		"GET /attention":                                 "manager administrator",
		"POST /attention/{cause}/{action}/selection":     "manager administrator",
		"POST /users/by-email":                           "orchestrate",
		"POST /contracts/{id}/attempts/{number}/lease":   "orchestrate",
		"POST /contracts/{id}/attempts/{number}/request": "orchestrate",
		"POST /contracts/{id}/attempts/{number}/release": "orchestrate",
		"POST /limits/signature/calls":                   "orchestrate",
		"POST /limits/signature/blocked":                 "orchestrate",
		"POST /sweeps/signature/pages":                   "orchestrate",
		"GET /stray-requests":                            "administrator",
		"GET /stray-requests/{id}":                       "administrator orchestrate",
		"POST /stray-requests/{id}/settled":              "administrator",
		"GET /users/{id}":                                "customer manager administrator orchestrate",
		"GET /users":                                     "administrator",
		"POST /users":                                    "administrator",
		"POST /users/{id}/address":                       "customer manager administrator",
		"PUT /users/{id}/password":                       "orchestrate",
		"POST /identities":                               "orchestrate",
		"POST /sessions":                                 "orchestrate",
		"POST /sessions/rotate":                          "orchestrate",
		"POST /sessions/end":                             "orchestrate",
		"POST /links/open":                               "orchestrate",
		"GET /dead-letters":                              "administrator",
		"POST /dead-letters/{id}/replay":                 "administrator",
	}
	if len(want) != len(httpapi.Routes) {
		t.Errorf("%d questions are checked, there are %d", len(want), len(httpapi.Routes))
	}
	for _, q := range httpapi.Routes {
		method, path, _ := strings.Cut(q.Pattern, " ")
		path = strings.NewReplacer("{id}", string(v.ID), "{digest}", strings.Repeat("a", 64)).Replace(path)
		for name, c := range callers {
			status, _ := r.ask(c, method, path, "]") // nobody who is admitted gets further than this
			refused := status == http.StatusForbidden
			if admitted := slices.Contains(strings.Fields(want[q.Pattern]), name); admitted == refused || status == http.StatusUnauthorized {
				t.Errorf("%s by %s: %d", q.Pattern, name, status)
			}
		}
	}
}

// The broker has no token, and brings dead letters alone, which prove themselves. Nothing else is open.
func TestWithoutATokenOnlyADeadLetterIsTaken(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	for _, q := range httpapi.Routes {
		method, path, _ := strings.Cut(q.Pattern, " ")
		path = strings.NewReplacer("{id}", ids.New(), "{digest}", strings.Repeat("a", 64)).Replace(path)
		for _, header := range []string{"", "Bearer ", "Basic cGVyc2lzdDpwZXJzaXN0", "bearer x"} {
			request, err := http.NewRequestWithContext(t.Context(), method, r.address+path, strings.NewReader("]"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", header)
			a, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Body.Close()
			if a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: %s", q.Pattern, header, a.Status)
			}
		}
	}
	r.dies(r.deadEvent(r.unsigned("c1", events.GenerateDocument{})))
}

func TestATokenThatIsNotAcceptedOpensNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	// A function's token lives a minute, and 75 s are allowed for clocks that differ.
	if status, _ := r.ask(r.minted(access.Orchestrate, persistsamples.Noon.Add(-134*time.Second)), http.MethodGet, "/users/x", ""); status != http.StatusNotFound {
		t.Fatalf("a token that is still good: %d", status)
	}
	elsewhere, err := auth.Sessions{Issuer: "https://elsewhere", Audience: publicURL, Private: r.keys.session}.Mint(r.manager.Person, r.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	own := auth.PrivateKeys{{ID: access.Orchestrate, Key: r.keys.functions[access.SendMail][0].Key}}
	for name, client := range map[string]*persistclient.Client{
		"a strange function":         r.holding(access.Orchestrate, newKeys().functions[access.Orchestrate]),
		"an old one":                 r.minted(access.Orchestrate, persistsamples.Noon.Add(-136*time.Second)),
		"one of the future":          r.minted(access.Orchestrate, persistsamples.Noon.Add(76*time.Second)),
		"another's with its own key": r.holding(access.Orchestrate, own),
		"another installation's":     r.function(access.Orchestrate).As(elsewhere),
	} {
		if status, _ := r.ask(client, http.MethodGet, "/contracts", ""); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, token := range []string{"", "a.b.c"} {
		q := r.request(http.MethodGet, "/contracts", "")
		q.Header.Set("Authorization", "Bearer "+token)
		if status, _ := r.send(q, http.DefaultClient); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", token, status)
		}
	}
}
