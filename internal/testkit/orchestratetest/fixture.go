// Package orchestratetest is orchestrate with a fake of persist and one of the signature service, for its own tests.
package orchestratetest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/internal/testkit/fakepersist"
	"github.com/paraphe/paraphe/internal/testkit/fakesigning"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Settings are orchestrate's.
type Settings = orchestrate.Settings

// Fixture is orchestrate with its neighbours: a stand-in for persist and one for the signature service.
type Fixture struct {
	*fakepersist.Store
	*fakesigning.Service
	Address  string
	handler  function.Handler
	Sessions auth.Sessions
	Seal     auth.SealKeys
	Log      *testkit.Log

	mu  sync.Mutex
	now time.Time
}

func (o *Fixture) Clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *Fixture) Wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func New(t testing.TB, change ...func(*Settings)) *Fixture {
	t.Helper()
	o := &Fixture{now: testkit.Noon, Service: fakesigning.New(), Log: &testkit.Log{}}
	own, people := testkit.Key(t, "orchestrate"), testkit.Key(t, "session")
	s := Settings{
		FunctionKey: own, FunctionKeys: own.Public(), SessionKeys: people, PublicURL: "https://paraphe.example",
		SignatureEnvironment: "sandbox", WebhookSlot: "main", SignatureSettle: orchestrate.Pause(time.Minute),
	}
	if err := s.SealKeys.Decode("k1:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32))); err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&s)
	}
	o.Seal = s.SealKeys
	o.Sessions = auth.Sessions{Issuer: "https://paraphe.example", Audience: "https://paraphe.example", Private: people, Public: s.SessionKeys.Public()}
	o.Store = fakepersist.New(o.Sessions, own.Public(), o.Clock)
	persist := httptest.NewServer(o.Store.Handler())
	t.Cleanup(persist.Close)
	s.PersistURL = function.URL(persist.URL)
	b := function.Boot{Name: "orchestrate", Now: o.Clock, Log: slog.New(slog.NewJSONHandler(o.Log, nil))}
	f, err := orchestrate.Assemble(s, b, func(signing.Config) signing.Service { return o.Service })
	if err != nil {
		t.Fatal(err)
	}
	address := httptest.NewServer(http.HandlerFunc(function.NewServer(f, b).Handle))
	t.Cleanup(address.Close)
	o.Address, o.handler = address.URL, f.Handle
	for _, u := range []persistclient.User{
		{ID: "marie", Email: "marie@paraphe.example", Name: "Marie", Role: auth.Manager, Locale: "fr", EmailVerified: true, PasswordHash: testkit.PasswordHash()},
		{ID: "max", Email: "max@paraphe.example", Name: "Max", Role: auth.Manager, Locale: "en", EmailVerified: true},
		{ID: "ana", Email: "ana@client.example", Name: "Ana", Role: auth.Customer, Locale: "fr", EmailVerified: true},
		{ID: "admin", Email: "admin@paraphe.example", Name: "Admin", Role: auth.Administrator, Locale: "en", EmailVerified: true},
	} {
		o.Users[u.ID] = u
	}
	return o
}

// Response is what came back.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

func (a Response) Into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
}

func (a Response) Problem(t *testing.T) function.Problem {
	t.Helper()
	var p function.Problem
	a.Into(t, &p)
	if a.Header.Get("Content-Type") != "application/problem+json" || p.Status != a.Status || p.Title == "" {
		t.Errorf("no proper problem: %d %s %s", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	return p
}

// Call asks the API, as somebody or, with "", as nobody. Headers come in pairs.
func (o *Fixture) Call(t *testing.T, who, method, path, body string, header ...string) Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, o.Address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+o.Token(t, who))
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Response{got.StatusCode, got.Header, content}
}

// Token is somebody's access token: a user's by their id, a signer's by "contract/signer".
func (o *Fixture) Token(t *testing.T, who string) string {
	t.Helper()
	p := auth.Person{Subject: who, Role: o.Users[who].Role, Epoch: o.Users[who].Epoch}
	if c, signer, found := strings.Cut(who, "/"); found {
		p = auth.Person{Subject: signer, Role: auth.SignerByLink, Contract: c}
	}
	token, err := o.Sessions.Mint(p, o.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Handle gives orchestrate an event that was never there before, and returns what it says.
func (o *Fixture) Handle(t *testing.T, id contract.ID, p events.Payload) ([]events.Event, error) {
	t.Helper()
	return o.HandleAgain(rand.Text(), id, p)
}

// HandleAgain gives orchestrate an event with an id of its own.
func (o *Fixture) HandleAgain(event string, id contract.ID, p events.Payload) ([]events.Event, error) {
	return o.handler(context.Background(), eventstest.Verified(event, id, p))
}
