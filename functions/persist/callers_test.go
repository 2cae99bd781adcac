package persist

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// asked is how a question is asked about a contract that waits for its signers: whoever may ask it changes something, if it
// is one by which anything changes. What is brought with a fact is in event_sources_test.go.
func (r *fixture) asked(q httpapi.Route, v persistclient.View, notification string) *http.Request {
	r.t.Helper()
	method, path, _ := strings.Cut(q.Pattern, " ")
	id := string(v.ID)
	if strings.Contains(path, "/users/") {
		id = r.manager.Subject
	} else if strings.Contains(path, "/dead-letters/") {
		id = notification
	}
	path = strings.NewReplacer("{id}", id, "{digest}", history.Digest(persistsamples.PDF), "{number}", "1", "{cause}", "overdue", "{action}", "retry").Replace(path)
	return r.request(method, path, r.wanted(q.Pattern, v))
}

// wanted is the body of a question.
func (r *fixture) wanted(pattern string, v persistclient.View) string {
	r.t.Helper()
	old := strings.Repeat("1", 64)
	session := persistclient.Session{User: r.manager.Subject, Family: ids.New(), Digest: history.Digest([]byte(ids.New())), ExpiresAt: r.clock.now().Add(time.Hour)}
	body := map[string]any{
		"POST /contracts":                              persistsamples.Draft(),
		"POST /contracts/{id}/actions":                 persistclient.Action{Kind: lifecycle.Cancel, Version: v.Version},
		"POST /contracts/{id}/notifications":           invitation,
		"POST /contracts/{id}/attempts/{number}/lease": persistclient.LeaseRequest{Act: "withdraw", For: 20},
		"POST /limits/signature/calls":                 persistclient.LeaseRequest{Calls: 1, PerMinute: 10},
		"POST /limits/signature/blocked":               persistclient.CallsBlocked{After: 5},
		"POST /users":                                  persistclient.User{ID: ids.New(), Email: ids.New() + "@example.org", Name: "X", Role: auth.Administrator, Locale: "en", PasswordHash: accounts.HashPrefix + "x"},
		"PUT /users/{id}/password":                     map[string]string{"was": accounts.HashPrefix + "x", "now": accounts.HashPrefix + "y"},
		"POST /identities":                             persistclient.Identity{Issuer: "https://id.example", Subject: ids.New(), Name: "X", Role: auth.Administrator, Locale: "en"},
		"POST /sessions":                               session,
		"POST /sessions/rotate":                        map[string]any{"old": old, "next": session},
		"POST /sessions/end":                           map[string]string{"digest": old},
	}[pattern]
	if body == nil {
		return ""
	}
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// Whoever may not ask a question is refused before anything else is looked at, and changes nothing: every question, as every
// function and, beside orchestrate's token, in every role. Who may ask it does change something by what was asked here.
func TestWhoMayNotAskChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t).loggedIn()
	v := r.sent()
	admin := r.account(auth.Administrator, "admin@example.org")
	r.dies(r.deadEvent(r.unsigned(v.ID, events.GenerateDocument{})))
	notification := r.deadLetters(admin)[0].ID
	people := []person{r.manager, admin, r.account(auth.Customer, "zoe@example.org"), r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})}
	callers := map[access.Caller]*persistclient.Client{}
	for _, p := range people {
		callers[p.Caller] = p.Client
	}
	for name := range r.keys.functions {
		callers[access.Caller{Function: name}] = r.function(name)
	}
	before := r.state()
	for _, q := range httpapi.Routes {
		for caller, client := range callers {
			if q.Allowed.Admits(caller) {
				continue
			}
			request := r.asked(q, v, notification)
			if err := client.Authorize(request); err != nil {
				t.Fatal(err)
			}
			if status, out := r.send(request, client.HTTP); status != http.StatusForbidden {
				t.Errorf("%s by %s: %d %s", q.Pattern, caller.Actor(), status, out)
			}
		}
		if after := r.state(); after != before {
			t.Errorf("%s changed something:\n%s\nbecame\n%s", q.Pattern, before, after)
			before = after
		}
	}
	r.changesWhatItMay(callers, notification)
}

// changesWhatItMay asks every question by which something changes as somebody who may, about a contract of its own.
func (r *fixture) changesWhatItMay(callers map[access.Caller]*persistclient.Client, notification string) {
	r.t.Helper()
	for _, q := range httpapi.Routes {
		v := r.sent()
		body := r.wanted(q.Pattern, v)
		if body == "" && !strings.HasSuffix(q.Pattern, "/replay") {
			continue
		}
		before, changed := r.state(), false
		for caller, client := range callers {
			if !q.Allowed.Admits(caller) || changed {
				continue
			}
			request := r.asked(q, v, notification)
			if err := client.Authorize(request); err != nil {
				r.t.Fatal(err)
			}
			status, out := r.send(request, client.HTTP)
			if changed = r.state() != before; !changed {
				r.t.Logf("%s by %s: %d %s", q.Pattern, caller.Actor(), status, out)
			}
		}
		if !changed {
			r.t.Errorf("%s changes nothing for those who may ask it: the test asks it wrongly", q.Pattern)
		}
	}
}

// withPerson puts a session token beside a token that function makes for another question.
func (r *fixture) withPerson(q *http.Request, token, function string, made auth.Question, at time.Time) {
	r.t.Helper()
	own, err := auth.MintFunction(function, made, r.keys.functions[function], at)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+own)
	q.Header.Set(persistclient.PersonHeader, token)
}

// A person's token is no key to persist: it opens what it opens only beside a token of orchestrate's own, made a moment ago
// for this very request and this very person. Every question is asked, as its owner, with everything else as it is right.
func TestAPersonsTokenAloneOpensNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	admin := r.account(auth.Administrator, "admin@example.org")
	r.dies(r.deadEvent(r.signed(r.unsigned(v.ID, events.GenerateDocument{}))))
	notification := r.deadLetters(admin)[0].ID
	other := r.token(r.account(auth.Manager, "other@example.org").Person)
	now := r.clock.now()
	for _, who := range []person{r.manager, admin, r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})} {
		token := r.token(who.Person)
		comes := map[string]func(q *http.Request){
			"alone":                 func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token) },
			"alone, beside nothing": func(q *http.Request) { q.Header.Set(persistclient.PersonHeader, token) },
			"alone, and beside itself": func(q *http.Request) {
				q.Header.Set("Authorization", "Bearer "+token)
				q.Header.Set(persistclient.PersonHeader, token)
			},
			"for another path": func(q *http.Request) {
				r.withPerson(q, token, access.Orchestrate, auth.Question{Method: q.Method, Path: "/contracts/" + ids.New(), Person: token}, now)
			},
			"for another method": func(q *http.Request) {
				r.withPerson(q, token, access.Orchestrate, auth.Question{Method: "PATCH", Path: q.URL.EscapedPath(), Person: token}, now)
			},
			"for another person": func(q *http.Request) { r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, other), now) },
			"for nobody":         func(q *http.Request) { r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, ""), now) },
			"for earlier": func(q *http.Request) {
				r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, token), now.Add(-3*time.Minute))
			},
			"with another person": func(q *http.Request) {
				r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, token), now)
				q.Header.Add(persistclient.PersonHeader, other)
			},
			"with an empty person": func(q *http.Request) {
				r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, ""), now)
				q.Header.Set(persistclient.PersonHeader, "")
			},
		}
		for name := range r.keys.functions {
			if name != access.Orchestrate {
				comes["brought by "+name] = func(q *http.Request) { r.withPerson(q, token, name, auth.QuestionOf(q, token), now) }
			}
		}
		before := r.state()
		for _, q := range httpapi.Routes {
			for how, come := range comes {
				request := r.asked(q, v, notification)
				come(request)
				status, out := r.send(request, http.DefaultClient)
				if status != http.StatusUnauthorized && (status != http.StatusForbidden || !strings.HasPrefix(how, "brought by ")) {
					t.Errorf("%s as %s, %s: %d %s", q.Pattern, who.Role, how, status, out)
				}
			}
		}
		if after := r.state(); after != before {
			t.Errorf("as %s, something changed:\n%s\nbecame\n%s", who.Role, before, after)
		}
	}
	action := r.asked(httpapi.Route{Pattern: "POST /contracts/{id}/actions"}, v, "")
	r.withPerson(action, r.token(r.manager.Person), access.Orchestrate, auth.QuestionOf(action, r.token(r.manager.Person)), now)
	if status, out := r.send(action, http.DefaultClient); status == http.StatusOK {
		t.Errorf("two session tokens of one person pass for each other: %s", out)
	}
}

// Where the person's token is over, they are told so, and where orchestrate's is refused, nobody is told to log in again.
func TestAPersonsTokenThatIsOverIsToldFromAFunctionsThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	path := "/contracts/" + string(r.made().ID)
	token := r.token(r.manager.Person)
	r.clock.pass(auth.SessionLife + 2*time.Minute)
	for kind, made := range map[string]string{persistclient.PersonType: token, "": ""} {
		q := r.request(http.MethodGet, path, "")
		r.withPerson(q, token, access.Orchestrate, auth.QuestionOf(q, made), r.clock.now())
		status, out := r.send(q, http.DefaultClient)
		if status != http.StatusUnauthorized || strings.Contains(out, persistclient.PersonType) != (kind != "") {
			t.Errorf("%q: %d %s", kind, status, out)
		}
	}
}

// A function is shown of people what its work needs: whoever steals its key reads no more than that.
func TestAFunctionIsShownWhatItsWorkNeeds(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	claim, err := r.function(access.SendMail).ClaimNotification(t.Context(), v.ID, invitation)
	if err != nil {
		t.Fatal(err)
	}
	if p := claim.Contact; p.ID != "s1" || p.Email != "Zoe@Example.org" || p.Phone == "" || p.Locale != "fr" {
		t.Errorf("send-mail is to write to %+v", p)
	}
	drawn, err := r.function(access.GenerateDoc).Contract(t.Context(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	names := []persistclient.Person{{ID: "s1", FirstName: "Zoé", LastName: "Müller"}, {ID: "s2", FirstName: "Ada", LastName: "O'Neil"}}
	for name, c := range map[string]struct {
		got         persistclient.View
		people      []persistclient.Person
		data, owner bool
	}{
		access.Orchestrate: {r.stands(v.ID), persistsamples.Draft().People, true, true}, access.GenerateDoc: {drawn, names, true, false}, access.SendMail: {claim.View, names, false, true},
		"a new one": {access.Caller{Function: "new"}.ListView(r.stands(v.ID)), make([]persistclient.Person, 2), false, false},
	} {
		if !slices.Equal(c.got.People, c.people) || slices.Contains([]string{"", "null"}, string(c.got.Data)) == c.data || (c.got.Token != "") != (name == access.Orchestrate) {
			t.Errorf("%s is shown %+v", name, c.got)
		}
		if owner := c.got.OwnerName + c.got.OwnerEmail + c.got.OwnerLocale; (owner != "") != c.owner || c.got.Title == "" || len(c.got.Signers) != 2 {
			t.Errorf("%s is shown %+v", name, c.got)
		}
	}
}
