package persist

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/dsn"
	"github.com/paraphe/paraphe/functions/persist/store/postgres"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// fixture is persist as a whole: over HTTP, on a schema of its own, with a clock that stands still until it is moved.
type fixture struct {
	t       testing.TB
	parts   *Parts
	address string
	broker  *broker
	keys    keys
	clock   *clock
	owner   dsn.URL
	serving dsn.URL
	manager person
	log     *logRecorder
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// broker keeps what was published.
type broker struct {
	mu        sync.Mutex
	published []events.Event
	down      bool
}

func (b *broker) Publish(_ context.Context, out ...events.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errors.New("the broker is away")
	}
	b.published = append(b.published, out...)
	return nil
}

func (b *broker) types() (types []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.published {
		types = append(types, e.Payload.Type())
	}
	return types
}

// last is the type of what was said last of a contract.
func (b *broker) last(id contract.ID) (out string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.published {
		if e.Subject == id {
			out = e.Payload.Type()
		}
	}
	return out
}

// keys sign for everybody.
type keys struct {
	session   auth.PrivateKeys
	functions map[string]auth.PrivateKeys
}

func newKeys() keys {
	k := keys{session: newKey("s"), functions: map[string]auth.PrivateKeys{}}
	for _, name := range []string{access.Orchestrate, access.GenerateDoc, access.SendMail, "receive-webhook", access.Persist} {
		k.functions[name] = newKey(name)
	}
	return k
}

func newKey(id string) auth.PrivateKeys {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed)
	return auth.PrivateKeys{auth.NewPrivateKey(id, seed)}
}

const publicURL = "https://paraphe.example"

func (k keys) settings() Settings {
	s := Settings{SessionKeys: k.session.Public(), FunctionKey: k.functions[access.Persist], FunctionKeys: auth.PublicKeys{}, PublicURL: publicURL}
	for name, key := range k.functions {
		s.FunctionKeys[name] = key.Public()[name]
	}
	return s
}

// newFixture opens persist on a fresh schema, with one manager.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	owner, serving := pgtest.Schema(t)
	return fixtureAt(t, owner, serving)
}

func fixtureAt(t testing.TB, owner, serving dsn.URL) *fixture {
	t.Helper()
	r := &fixture{t: t, broker: &broker{}, keys: newKeys(), log: &logRecorder{}, owner: owner, serving: serving,
		clock: &clock{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}}
	r.open(nil)
	r.manager = r.account(auth.Manager, "Manager@Example.org")
	return r
}

// settings are those of the room's instances.
func (r *fixture) settings() Settings {
	s := r.keys.settings()
	s.Database, s.Migration, s.LookEvery = r.serving, r.owner, lookEvery(15*time.Minute)
	s.SweepEvery = sweepEvery(1000 * 24 * time.Hour)
	s.LinkLifetime, s.DeadLetterLifetime = lifetime(8760*time.Hour), lifetime(720*time.Hour)
	s.RefreshReuseInterval = reuseInterval(20 * time.Second)
	return s
}

// beside opens another instance on the same schema, changed before it connects.
func (r *fixture) beside(change func(*postgres.Database)) *fixture {
	r.t.Helper()
	other := *r
	other.open(change)
	other.manager = other.as(r.manager.Person)
	return &other
}

// open starts an instance and waits until it is ready.
func (r *fixture) open(change func(*postgres.Database)) {
	r.t.Helper()
	b := function.Boot{Name: access.Persist, Now: r.clock.now, Log: slog.New(slog.NewTextHandler(io.MultiWriter(r.t.Output(), r.log), nil)), Publish: r.broker}
	f, parts, err := Assemble(b, r.settings())
	if err != nil {
		r.t.Fatal(err)
	}
	if r.parts = parts; change != nil {
		change(parts.Database)
	}
	parts.Database.Fixed = true // the tests pass the time themselves
	if err := f.Start(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = f.Stop(context.Background()) })
	pgtest.Eventually(r.t, func() error { return f.Ready(context.Background()) })
	h := httptest.NewServer(http.HandlerFunc(function.NewServer(f, b).Handle))
	r.t.Cleanup(h.Close)
	r.address = h.URL
}

// person is somebody with an account.
type person struct {
	access.Caller
	*persistclient.Client
}

// account makes an account that has proved its address, directly in the database: making the first one through it needs
// an administrator.
func (r *fixture) account(role auth.Role, email string) person {
	r.t.Helper()
	p := r.typed(role, email)
	if err := r.raw(access.Itself, `SELECT prove_address('`+p.Subject+`', now())`, nil); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// as is a client with a session token for p.
func (r *fixture) as(p auth.Person) person {
	c := r.function(access.Orchestrate).As(r.token(p))
	c.HTTP = &http.Client{Transport: renewing{r, p}}
	return person{access.Caller{Person: p}, c}
}

// renewing gives every request a session token of its own: the clock of a test may have passed the one before.
type renewing struct {
	r *fixture
	p auth.Person
}

func (n renewing) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	if err := n.r.function(access.Orchestrate).As(n.r.token(n.p)).Authorize(q); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(q)
}

// token is a session token for p.
func (r *fixture) token(p auth.Person) string {
	token, err := auth.Sessions{Issuer: publicURL, Audience: publicURL, Private: r.keys.session}.Mint(p, r.clock.now())
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// function is a client of a function.
func (r *fixture) function(name string) *persistclient.Client {
	return r.holding(name, r.keys.functions[name])
}

// holding is a client that says that it is the function of this name, with these keys.
func (r *fixture) holding(name string, keys auth.PrivateKeys) *persistclient.Client {
	self, err := auth.NewAuthor(function.Boot{Name: name}, keys, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &persistclient.Client{Address: r.address, HTTP: http.DefaultClient, Self: self, Now: r.clock.now}
}

// minted is a client of a function whose clock stands at another time.
func (r *fixture) minted(name string, at time.Time) *persistclient.Client {
	c := r.function(name)
	c.Now = func() time.Time { return at }
	return c
}

// ask sends what a client of ours would not, and returns status and body.
func (r *fixture) ask(as *persistclient.Client, method, path, body string) (int, string) {
	r.t.Helper()
	q := r.request(method, path, body)
	if err := as.Authorize(q); err != nil {
		r.t.Fatal(err)
	}
	return r.send(q, as.HTTP)
}

func (r *fixture) request(method, path, body string) *http.Request {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, r.address+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	return q
}

func (r *fixture) send(q *http.Request, by *http.Client) (int, string) {
	r.t.Helper()
	a, err := by.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

func (r *fixture) get(as person, path string) (int, string) {
	return r.ask(as.Client, http.MethodGet, path, "")
}

// schema is the name of the test's own.
func (r *fixture) schema() string {
	u, err := url.Parse(string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	return u.Query().Get("search_path")
}
