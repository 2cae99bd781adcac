package orchestrate

import (
	"bytes"
	"context"
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

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// noon is when these tests begin.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

const password = "correct horse battery"

// passwordHash is made once: it takes long on purpose.
var passwordHash = sync.OnceValue(func() string { return auth.HashPassword(password) })

// office is orchestrate with its neighbours: a stand-in for persist and one for the signature service.
type office struct {
	*ledger
	*notary
	address  string
	handle   function.Handler
	sessions auth.Sessions
	seal     auth.SealKeys
	log      *logBook
	api      *api

	mu  sync.Mutex
	now time.Time
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func keyOf(t testing.TB, id string) auth.PrivateKeys {
	t.Helper()
	var k auth.PrivateKeys
	seed := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(id[:1], 32)))
	if err := k.Decode(id + ":" + seed); err != nil {
		t.Fatal(err)
	}
	return k
}

func openOffice(t testing.TB, change ...func(*Settings)) *office {
	t.Helper()
	o := &office{now: noon, notary: newNotary(), log: &logBook{}}
	own, people := keyOf(t, "orchestrate"), keyOf(t, "session")
	s := Settings{
		FunctionKey: own, FunctionKeys: own.Public(), SessionKeys: people, PublicURL: "https://paraphe.example",
		SignatureEnvironment: "sandbox", WebhookSlot: "main", SignatureSettle: Pause(time.Minute),
	}
	if err := s.SealKeys.Decode("k1:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32))); err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&s)
	}
	o.seal = s.SealKeys
	o.sessions = auth.Sessions{Issuer: "https://paraphe.example", Audience: "https://paraphe.example", Private: people, Public: s.SessionKeys.Public()}
	o.ledger = newLedger(o.sessions, own.Public(), o.clock)
	persist := httptest.NewServer(o.ledger.handler())
	t.Cleanup(persist.Close)
	s.PersistURL = function.URL(persist.URL)
	b := function.Boot{Name: "orchestrate", Now: o.clock, Log: slog.New(slog.NewJSONHandler(o.log, nil))}
	f, a, err := assemble(s, b, o.notary, &callGate{log: b.Log})
	if err != nil {
		t.Fatal(err)
	}
	door := httptest.NewServer(http.HandlerFunc(function.NewServer(f, b).Handle))
	t.Cleanup(door.Close)
	o.address, o.handle, o.api = door.URL, f.Handle, a
	for _, u := range []persistclient.User{
		{ID: "marie", Email: "marie@paraphe.example", Name: "Marie", Role: auth.Manager, Locale: "fr", PasswordHash: passwordHash()},
		{ID: "max", Email: "max@paraphe.example", Name: "Max", Role: auth.Manager, Locale: "en"},
		{ID: "ana", Email: "ana@client.example", Name: "Ana", Role: auth.Customer, Locale: "fr"},
		{ID: "admin", Email: "admin@paraphe.example", Name: "Admin", Role: auth.Administrator, Locale: "en"},
	} {
		o.users[u.ID] = u
	}
	return o
}

// logBook is a log that a test reads while it is written.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

func (a answer) problem(t *testing.T) function.Problem {
	t.Helper()
	var p function.Problem
	a.into(t, &p)
	if a.header.Get("Content-Type") != "application/problem+json" || p.Status != a.status || p.Title == "" {
		t.Errorf("no proper problem: %d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	return p
}

// call asks the API, as somebody or, with "", as nobody. Headers come in pairs.
func (o *office) call(t *testing.T, who, method, path, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, o.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+o.token(t, who))
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
	return answer{got.StatusCode, got.Header, content}
}

// token is somebody's access token: a user's by their id, a signer's by "contract/signer".
func (o *office) token(t *testing.T, who string) string {
	t.Helper()
	p := auth.Person{Subject: who, Role: o.users[who].Role}
	if c, signer, found := strings.Cut(who, "/"); found {
		p = auth.Person{Subject: signer, Role: auth.SignerByLink, Contract: c}
	}
	token, err := o.sessions.Mint(p, o.clock())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// hear gives orchestrate an event and returns what it says.
func (o *office) hear(t *testing.T, id contract.ID, p events.Payload) ([]events.Event, error) {
	t.Helper()
	return o.handle(context.Background(), eventstest.Verified("e1", id, p))
}
