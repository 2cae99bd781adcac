package persist

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/record"
)

// asked is how a question is asked about this contract, with a body that is right where there is one to be right.
func (r *room) asked(q question, v record.View, letter string) *http.Request {
	r.t.Helper()
	method, path, _ := strings.Cut(q.pattern, " ")
	id := string(v.ID)
	if strings.Contains(path, "/users/") {
		id = r.manager.Subject
	} else if strings.Contains(path, "/dead-letters/") {
		id = letter
	}
	path = strings.NewReplacer("{id}", id, "{digest}", digestOf(aPDF)).Replace(path)
	wish, err := json.Marshal(sendWish(v.Version))
	if err != nil {
		r.t.Fatal(err)
	}
	body := map[string]string{
		"POST /contracts": validDraft(), "POST /contracts/{id}/wishes": string(wish),
		"POST /users": `{"id":"` + newID() + `","email":"x@example.org","name":"X","role":"administrator","locale":"en","password_hash":"` + hashPrefix + `x"}`,
	}[q.pattern]
	return r.request(method, path, body)
}

// withPerson puts a session token beside a token that function makes for another question.
func (r *room) withPerson(q *http.Request, token, function string, made auth.Question, at time.Time) {
	r.t.Helper()
	own, err := auth.MintFunction(function, made, r.keys.functions[function], at)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+own)
	q.Header.Set(record.PersonHeader, token)
}

// A person's token is no key to persist: it opens what it opens only beside a token of orchestrate's own, made a moment ago
// for this very request and this very person. Every question is asked, as its owner, with everything else as it is right.
func TestAPersonsTokenAloneOpensNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.made()
	admin := r.account(auth.Administrator, "admin@example.org")
	r.dies(r.deadEvent(r.signed(r.said(v.ID, events.GenerateDocument{}))))
	letter := r.deadLetters(admin)[0].ID
	other := r.token(r.account(auth.Manager, "other@example.org").Person)
	now := r.clock.now()
	for _, who := range []person{r.manager, admin, r.as(auth.Person{Subject: "s1", Role: auth.SignerByLink, Contract: string(v.ID)})} {
		token := r.token(who.Person)
		comes := map[string]func(q *http.Request){
			"alone":                 func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+token) },
			"alone, beside nothing": func(q *http.Request) { q.Header.Set(record.PersonHeader, token) },
			"alone, and beside itself": func(q *http.Request) {
				q.Header.Set("Authorization", "Bearer "+token)
				q.Header.Set(record.PersonHeader, token)
			},
			"for another path": func(q *http.Request) {
				r.withPerson(q, token, orchestrate, auth.Question{Method: q.Method, Path: "/contracts/" + newID(), Person: token}, now)
			},
			"for another method": func(q *http.Request) {
				r.withPerson(q, token, orchestrate, auth.Question{Method: "PATCH", Path: q.URL.EscapedPath(), Person: token}, now)
			},
			"for another person": func(q *http.Request) { r.withPerson(q, token, orchestrate, auth.QuestionOf(q, other), now) },
			"for nobody":         func(q *http.Request) { r.withPerson(q, token, orchestrate, auth.QuestionOf(q, ""), now) },
			"for earlier": func(q *http.Request) {
				r.withPerson(q, token, orchestrate, auth.QuestionOf(q, token), now.Add(-2*time.Minute))
			},
			"with another person": func(q *http.Request) {
				r.withPerson(q, token, orchestrate, auth.QuestionOf(q, token), now)
				q.Header.Add(record.PersonHeader, other)
			},
			"with an empty person": func(q *http.Request) {
				r.withPerson(q, token, orchestrate, auth.QuestionOf(q, ""), now)
				q.Header.Set(record.PersonHeader, "")
			},
		}
		for name := range r.keys.functions {
			if name != orchestrate {
				comes["brought by "+name] = func(q *http.Request) { r.withPerson(q, token, name, auth.QuestionOf(q, token), now) }
			}
		}
		before := r.state()
		for _, q := range questions {
			for how, come := range comes {
				request := r.asked(q, v, letter)
				come(request)
				status, said := r.send(request, http.DefaultClient)
				if status != http.StatusUnauthorized && (status != http.StatusForbidden || !strings.HasPrefix(how, "brought by ")) {
					t.Errorf("%s as %s, %s: %d %s", q.pattern, who.Role, how, status, said)
				}
			}
		}
		if after := r.state(); after != before {
			t.Errorf("as %s, something changed:\n%s\nbecame\n%s", who.Role, before, after)
		}
	}
	wish := r.asked(question{pattern: "POST /contracts/{id}/wishes"}, v, "")
	r.withPerson(wish, r.token(r.manager.Person), orchestrate, auth.QuestionOf(wish, r.token(r.manager.Person)), now)
	if status, said := r.send(wish, http.DefaultClient); status == http.StatusOK {
		t.Errorf("two session tokens of one person pass for each other: %s", said)
	}
}

// Where the person's token is over, they are told so, and where orchestrate's is refused, nobody is told to log in again.
func TestAPersonsTokenThatIsOverIsToldFromAFunctionsThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	path := "/contracts/" + string(r.made().ID)
	token := r.token(r.manager.Person)
	r.clock.pass(auth.SessionLife + time.Minute)
	for kind, made := range map[string]string{record.PersonType: token, "": ""} {
		q := r.request(http.MethodGet, path, "")
		r.withPerson(q, token, orchestrate, auth.QuestionOf(q, made), r.clock.now())
		status, said := r.send(q, http.DefaultClient)
		if status != http.StatusUnauthorized || strings.Contains(said, record.PersonType) != (kind != "") {
			t.Errorf("%q: %d %s", kind, status, said)
		}
	}
}

// A function is shown of people what its work needs: whoever steals its key reads no more than that.
func TestAFunctionIsShownWhatItsWorkNeeds(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	v := r.sent()
	claim, err := r.function(sendMail).ClaimLetter(t.Context(), v.ID, invitation)
	if err != nil {
		t.Fatal(err)
	}
	if p := claim.Contact; p.ID != "s1" || p.Email != "Zoe@Example.org" || p.Phone == "" || p.Locale != "fr" {
		t.Errorf("send-mail is to write to %+v", p)
	}
	drawn, err := r.function(generateDoc).Contract(t.Context(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	names := []record.Person{{ID: "s1", FirstName: "Zoé", LastName: "Müller"}, {ID: "s2", FirstName: "Ada", LastName: "O'Neil"}}
	for name, c := range map[string]struct {
		got         record.View
		people      []record.Person
		data, owner bool
	}{
		orchestrate: {r.stands(v.ID), draft().People, true, true}, generateDoc: {drawn, names, true, false}, sendMail: {claim.View, names, false, true},
		"a new one": {caller{Function: "new"}.shown(r.stands(v.ID)), make([]record.Person, 2), false, false},
	} {
		if !slices.Equal(c.got.People, c.people) || slices.Contains([]string{"", "null"}, string(c.got.Data)) == c.data || (c.got.Token != "") != (name == orchestrate) {
			t.Errorf("%s is shown %+v", name, c.got)
		}
		if owner := c.got.OwnerName + c.got.OwnerEmail + c.got.OwnerLocale; (owner != "") != c.owner || c.got.Title == "" || len(c.got.Signers) != 2 {
			t.Errorf("%s is shown %+v", name, c.got)
		}
	}
}
