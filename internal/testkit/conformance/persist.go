// Package conformance says how the functions that others ask must answer, as tests that run against the real function and
// against the fake that stands in for it in the tests of others. Where the two differ, those tests prove nothing.
package conformance

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Persist is a persist that is asked: the real one, or what stands in for it. What happens to a record otherwise than by
// being asked, each does in its own way. A refresh token that was used leads to its successor for ReuseInterval.
type Persist struct {
	Address       string
	Tokens        auth.Sessions               // mints what people bear
	Keys          map[string]auth.PrivateKeys // of the functions
	ReuseInterval time.Duration

	Disable    func(t *testing.T, user string)                                             // closes an account
	Mail       func(t *testing.T, id contract.ID, l contract.Notification) (secret string) // mails a notification with a link
	Sweep      func(t *testing.T) (number int)                                             // begins a sweep, which waits for its first page
	DeadLetter func(t *testing.T) (about contract.ID)                                      // has an event that nobody could take
}

// TestPersist asks p everything that its callers ask.
func TestPersist(t *testing.T, p Persist) {
	t.Run("access", p.access)
	t.Run("tokens", p.tokens)
	t.Run("bodies", p.bodies)
	t.Run("contracts", p.contracts)
	t.Run("idempotency", p.idempotency)
	t.Run("what each is shown", p.shown)
	t.Run("lists", p.lists)
	t.Run("actions", p.actions)
	t.Run("corrected addresses", p.corrections)
	t.Run("attempts", p.attempts)
	t.Run("facts and files", p.facts)
	t.Run("calls of the signature service", p.calls)
	t.Run("attention", p.attention)
	t.Run("stray requests", p.strays)
	t.Run("dead letters", p.deadLetters)
	t.Run("accounts", p.accounts)
	t.Run("identities", p.identities)
	t.Run("closed accounts", p.closed)
	t.Run("proved addresses", p.addresses)
	t.Run("passwords", p.passwords)
	t.Run("failed log-ins", p.failures)
	t.Run("sessions", p.sessions)
	t.Run("links", p.links)
}

// as asks as a function itself.
func (p Persist) as(t *testing.T, name string) *persistclient.Client {
	t.Helper()
	self, err := auth.NewAuthor(function.Boot{Name: name}, p.Keys[name], nil)
	if err != nil {
		t.Fatal(err)
	}
	return &persistclient.Client{Address: p.Address, HTTP: http.DefaultClient, Self: self, Now: time.Now}
}

// person is somebody with an account, or a signer who came by a link.
type person struct {
	*persistclient.Client
	who   auth.Person
	email string
}

func (p Persist) person(t *testing.T, who auth.Person, email string) person {
	t.Helper()
	token, err := p.Tokens.Mint(who, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return person{p.as(t, "orchestrate").As(token), who, email}
}

func newID() string { return strings.ToLower(rand.Text()) }

// account is a new account whose address an issuer has verified.
func (p Persist) account(t *testing.T, role auth.Role) person {
	t.Helper()
	name := newID()
	u, err := p.as(t, "orchestrate").Identify(t.Context(), identity(name, role))
	if err != nil {
		t.Fatalf("make a %s: %v", role, err)
	}
	return p.person(t, auth.Person{Subject: u.ID, Role: u.Role, Epoch: u.Epoch}, u.Email)
}

func identity(name string, role auth.Role) persistclient.Identity {
	return persistclient.Identity{Issuer: "https://id.example", Subject: name, Email: name + "@example.org", Name: "Zoé", Role: role, Locale: "fr"}
}

// draft is a contract that two people are to sign.
func draft() persistclient.Draft {
	return persistclient.Draft{
		ID: contract.ID(newID()), Template: "service-agreement/1", Language: "fr", Title: "Contrat de services", Data: []byte(`{"price":12}`),
		Deadline: time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second),
		People: []persistclient.Person{
			{ID: "s1", FirstName: "Zoé", LastName: "Müller", Email: newID() + "@example.org", Phone: "+33612345678", Locale: "fr"},
			{ID: "s2", FirstName: "Ada", LastName: "Byron", Email: newID() + "@example.org", Phone: "+447700900123", Locale: "en"},
		},
	}
}

var once persistclient.Idempotency // no key

func (p Persist) made(t *testing.T, owner person) persistclient.View {
	t.Helper()
	v, err := owner.Create(t.Context(), draft(), once)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sealed is the sealed message of an attempt at this contract.
func sealed(id contract.ID) string { return "p1.local." + string(id) }

func sending(v persistclient.View) persistclient.Action {
	return persistclient.Action{Kind: lifecycle.Send, Version: v.Version, Attempt: &persistclient.Attempt{Number: 1, Token: sealed(v.ID)}}
}

// preparing is a contract whose document is drawn, and which is to be opened.
func (p Persist) preparing(t *testing.T, owner person) persistclient.View {
	t.Helper()
	v := p.made(t, owner)
	if _, err := owner.Perform(t.Context(), v.ID, sending(v), once); err != nil {
		t.Fatal(err)
	}
	p.records(t, "generate-doc", v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(pdf), Anchors: 2}, pdf)
	return p.stored(t, v.ID)
}

// sent is a contract that waits for its signers.
func (p Persist) sent(t *testing.T, owner person) persistclient.View {
	t.Helper()
	v := p.preparing(t, owner)
	p.records(t, "orchestrate", v.ID, events.SignatureOpened{Attempt: 1, ID: "r-" + string(v.ID), Signers: map[string]string{"s1": "y1", "s2": "y2"}})
	return p.stored(t, v.ID)
}

var pdf, proof = []byte("%PDF-1.7 \x00\xff\r\n"), []byte("%PDF-1.4 proof")

// records puts a fact on record that its author brings.
func (p Persist) records(t *testing.T, author string, id contract.ID, f events.Payload, files ...[]byte) {
	t.Helper()
	if err := p.as(t, author).RecordFact(t.Context(), events.Event{ID: newID(), Source: author, Subject: id, Payload: f}, files...); err != nil {
		t.Fatalf("%s: %v", f.Type(), err)
	}
}

// stored is a contract as orchestrate is shown it.
func (p Persist) stored(t *testing.T, id contract.ID) persistclient.View {
	t.Helper()
	v, err := p.as(t, "orchestrate").Contract(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// answered is what came back to a request that no client of ours would send.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// raw asks as somebody, after change has spoilt the request.
func (p Persist) raw(t *testing.T, as *persistclient.Client, method, path, body string, change ...func(*http.Request)) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.Address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if as != nil {
		if err := as.Authorize(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range change {
		f(r)
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{got.StatusCode, got.Header, text}
}

// refused requires a problem of this status and type (RFC 9457), and returns it.
func (a answered) refused(t *testing.T, what string, status int, kind string) function.Problem {
	t.Helper()
	var p function.Problem
	err := json.Unmarshal(a.body, &p)
	if a.status != status || err != nil || p.Status != status || p.Type != kind || p.Title == "" || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d %s %s, want a problem %d %q", what, a.status, a.header.Get("Content-Type"), a.body, status, kind)
	}
	if asked := a.header.Get("WWW-Authenticate"); (asked == "Bearer") != (status == http.StatusUnauthorized) {
		t.Errorf("%s: WWW-Authenticate %q with %d", what, asked, status)
	}
	return p
}
