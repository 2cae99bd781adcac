package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	customer = auth.Customer
	manager  = auth.Manager
	admin    = auth.Administrator
	signer   = auth.SignerByLink
)

// mayAsk is who may ask what: roles of people, and functions as themselves.
var mayAsk = []struct {
	pattern   string
	roles     []auth.Role
	functions string
}{
	{"POST /contracts", []auth.Role{manager, admin}, ""},
	{"GET /contracts", []auth.Role{customer, manager, admin}, ""},
	{"GET /contracts/{id}", []auth.Role{customer, manager, admin, signer}, "orchestrate generate-doc"},
	{"POST /contracts/{id}/actions", []auth.Role{manager, admin}, ""},
	{"GET /contracts/{id}/history", []auth.Role{customer, manager, admin, signer}, ""},
	{"POST /contracts/{id}/facts", nil, "orchestrate generate-doc send-mail"},
	{"POST /contracts/{id}/attempts/1/lease", nil, "orchestrate"},
	{"POST /contracts/{id}/attempts/1/request", nil, "orchestrate"},
	{"POST /contracts/{id}/attempts/1/release", nil, "orchestrate"},
	{"GET /contracts/{id}/files/{digest}", []auth.Role{customer, manager, admin, signer}, "orchestrate send-mail"},
	{"POST /limits/signature/calls", nil, "orchestrate"},
	{"POST /limits/signature/blocked", nil, "orchestrate"},
	{"POST /sweeps/signature/pages", nil, "orchestrate"},
	{"GET /stray-requests", []auth.Role{admin}, ""},
	{"GET /stray-requests/x", []auth.Role{admin}, "orchestrate"},
	{"POST /stray-requests/x/settled", []auth.Role{admin}, ""},
	{"GET /attention", []auth.Role{manager, admin}, ""},
	{"POST /attention/overdue/retry/selection", []auth.Role{manager, admin}, ""},
	{"POST /users/by-email", nil, "orchestrate"},
	{"GET /users/x", []auth.Role{customer, manager, admin}, "orchestrate"},
	{"GET /users", []auth.Role{admin}, ""},
	{"POST /users", []auth.Role{admin}, ""},
	{"POST /users/x/address", []auth.Role{customer, manager, admin}, ""},
	{"PUT /users/x/password", nil, "orchestrate"},
	{"POST /identities", nil, "orchestrate"},
	{"POST /sessions", nil, "orchestrate"},
	{"POST /sessions/rotate", nil, "orchestrate"},
	{"POST /sessions/end", nil, "orchestrate"},
	{"POST /links/open", nil, "orchestrate"},
	{"GET /dead-letters", []auth.Role{admin}, ""},
	{"POST /dead-letters/x/replay", []auth.Role{admin}, ""},
}

// access asks everything as everybody, about a contract that is nobody's of them: whom it is not for is refused before
// anything is looked at, and whom it is for is not.
func (p Persist) access(t *testing.T) {
	foreign := p.sent(t, p.account(t, manager))
	own := p.sent(t, p.account(t, manager))
	paths := strings.NewReplacer("{id}", string(foreign.ID), "{digest}", foreign.Document.SHA256)
	people := map[auth.Role]person{}
	for _, role := range []auth.Role{customer, manager, admin} {
		people[role] = p.account(t, role)
	}
	people[signer] = p.person(t, auth.Person{Subject: "s1", Role: signer, Contract: string(own.ID)}, "")
	for _, row := range mayAsk {
		method, path, _ := strings.Cut(paths.Replace(row.pattern), " ")
		p.raw(t, nil, method, path, "{}").refused(t, row.pattern+" as nobody", http.StatusUnauthorized, "")
		for role, who := range people {
			what := fmt.Sprintf("%s as a %s", row.pattern, role)
			got := p.raw(t, who.Client, method, path, "{}")
			switch allowed := slices.Contains(row.roles, role); {
			case !allowed:
				got.refused(t, what, http.StatusForbidden, "")
			case got.status == http.StatusUnauthorized, got.status == http.StatusForbidden, got.status >= 500:
				t.Errorf("%s: %d %s", what, got.status, got.body)
			case strings.Contains(row.pattern, "{id}") && role != admin && method == "GET":
				got.refused(t, what, http.StatusNotFound, "")
			}
		}
		for _, name := range []string{"orchestrate", "generate-doc", "send-mail"} {
			what := row.pattern + " as " + name
			got := p.raw(t, p.as(t, name), method, path, "{}")
			if !slices.Contains(strings.Fields(row.functions), name) {
				got.refused(t, what, http.StatusForbidden, "")
			} else if got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || got.status >= 500 {
				t.Errorf("%s: %d %s", what, got.status, got.body)
			}
		}
	}
	p.raw(t, p.as(t, "orchestrate"), "GET", "/nothing", "").refused(t, "no such question", http.StatusNotFound, "")
}

// tokens asks one question with every kind of token that does not open it.
func (p Persist) tokens(t *testing.T) {
	owner := p.account(t, manager)
	path := "/contracts/" + string(p.made(t, owner).ID)
	person := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(persistclient.PersonHeader, token) }
	}
	mint := func(who auth.Person, at time.Time) string {
		token, err := p.Tokens.Mint(who, at)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	theirs, orchestrate := mint(owner.who, time.Now()), p.as(t, "orchestrate")
	if got := p.raw(t, owner.Client, "GET", path, ""); got.status != http.StatusOK {
		t.Fatalf("its owner: %d %s", got.status, got.body)
	}
	p.raw(t, owner.Client, "GET", path+"/history", "", func(r *http.Request) { r.URL.Path = path }).
		refused(t, "a token for another question", http.StatusUnauthorized, "")
	p.raw(t, owner.Client, "GET", path, "", person("x")).refused(t, "another person's token than the function spoke of", http.StatusUnauthorized, "")
	p.raw(t, nil, "GET", path, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+theirs) }).
		refused(t, "a person's token alone", http.StatusUnauthorized, "")
	p.raw(t, p.as(t, "send-mail").As(theirs), "GET", path, "").refused(t, "a person's token beside send-mail's", http.StatusForbidden, "")
	other := owner.who
	other.Role = admin
	later := owner.who
	later.Epoch++
	for what, token := range map[string]string{
		"no person's token": "", "rubbish": "x.y.z", "one that is over": mint(owner.who, time.Now().Add(-time.Hour)),
		"another role": mint(other, time.Now()), "another epoch": mint(later, time.Now()),
		"nobody's account": mint(auth.Person{Subject: newID(), Role: manager}, time.Now()),
	} {
		p.raw(t, orchestrate.As(token), "GET", path, "").refused(t, what, http.StatusUnauthorized, persistclient.PersonType)
	}
}

// bodies sends what cannot be read, and fields that cannot be kept.
func (p Persist) bodies(t *testing.T) {
	owner, root, orchestrate := p.account(t, manager), p.account(t, admin), p.as(t, "orchestrate")
	v := p.preparing(t, owner)
	at := "/contracts/" + string(v.ID)
	for _, row := range []struct {
		as     *persistclient.Client
		what   string
		body   string
		status int
		field  string
	}{
		{owner.Client, "POST /contracts", `{"id":`, 400, ""},
		{owner.Client, "POST /contracts", `{"nickname":"x"}`, 422, "nickname"},
		{owner.Client, "POST /contracts", `{"title":7}`, 422, "title"},
		{owner.Client, "POST /contracts", `{}`, 422, "id"},
		{owner.Client, "POST " + at + "/actions", `{"kind":"send","version":1,"mood":"x"}`, 422, "mood"},
		{orchestrate, "POST " + at + "/attempts/1/lease", `{"act":"dance","for":5}`, 422, "act"},
		{orchestrate, "POST " + at + "/attempts/1/lease", `{"act":"open","for":5000}`, 422, "for"},
		{orchestrate, "POST " + at + "/attempts/1/request", `{"holder":"x"}`, 422, "request"},
		{orchestrate, "POST " + at + "/facts", `{}`, 422, ""},
		{orchestrate, "POST /limits/signature/calls", `{"calls":0,"per_minute":30}`, 422, "calls"},
		{orchestrate, "POST /limits/signature/blocked", `{"after":0}`, 422, "after"},
		{orchestrate, "POST /sweeps/signature/pages", `{"number":0}`, 422, "number"},
		{orchestrate, "POST /users/by-email", `{"email":"a@b.fr","source":"with a space"}`, 422, "source"},
		{orchestrate, "POST /links/open", `{"digest":"x","source":"with a space"}`, 422, "source"},
		{orchestrate, "POST /sessions", `{"digest":"short","user":"u","family":"f","expires_at":"2999-01-01T00:00:00Z"}`, 422, "digest"},
		{orchestrate, "POST /sessions/rotate", `{"old":"x","next":{"digest":"short","expires_at":"2999-01-01T00:00:00Z"},"source":""}`, 422, "next.digest"},
		{orchestrate, "POST /identities", `{"issuer":"i","subject":"s","name":"n","role":"king","locale":"fr"}`, 422, "role"},
		{orchestrate, "PUT /users/x/password", `{"was":"","now":"plain"}`, 422, "now"},
		{root.Client, "POST /users", `{"email":"x","name":"n","role":"manager","locale":"fr","password_hash":"$argon2id$x"}`, 422, "email"},
		{root.Client, "POST /users", `{"email":"a@b.fr","name":"n","role":"manager","locale":"fr","password_hash":"plain"}`, 422, "password_hash"},
		{root.Client, "POST /users/x/address", `{"link":"short","password_hash":"$argon2id$x"}`, 422, "link"},
		{root.Client, "POST /attention/x/dance/selection", ``, 422, "action"},
		{root.Client, "POST /stray-requests/x/settled", `{"state":""}`, 422, "state"},
		{owner.Client, "GET /contracts?status=lost", ``, 422, "status"},
		{owner.Client, "GET /contracts?limit=101", ``, 422, "limit"},
		{owner.Client, "GET /contracts?cursor=x", ``, 422, "cursor"},
	} {
		method, path, _ := strings.Cut(row.what, " ")
		got := p.raw(t, row.as, method, path, row.body).refused(t, row.what+" "+row.body, row.status, "")
		named := row.field == ""
		for _, f := range got.Fields {
			named = named || f.Field == row.field && f.Reason != ""
		}
		if !named {
			t.Errorf("%s %s: %v does not name %s", row.what, row.body, got.Fields, row.field)
		}
	}
}
