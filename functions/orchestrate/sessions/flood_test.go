package sessions

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/fakepersist"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const somewhere, elsewhere = "198.51.100.1", "203.0.113.1"

// server are the calls about sessions by themselves, so that a test reaches what they wait in.
type server struct {
	*API
	address string
	record  *fakepersist.Store
	log     *testkit.Log
}

// serve has marie log in with these calls.
func serve(t *testing.T) *server {
	t.Helper()
	now := func() time.Time { return testkit.Noon }
	own, people := testkit.Key(t, "orchestrate"), testkit.Key(t, "session")
	s := &server{log: &testkit.Log{}}
	b := function.Boot{Name: "orchestrate", Now: now, Log: slog.New(slog.NewJSONHandler(s.log, nil))}
	author, err := auth.NewAuthor(b, own, own.Public())
	if err != nil {
		t.Fatal(err)
	}
	tokens := auth.Sessions{Issuer: "https://paraphe.example", Audience: "https://paraphe.example", Private: people, Public: people.Public()}
	s.record = fakepersist.New(tokens, own.Public(), now)
	s.record.Users["marie"] = persistclient.User{ID: "marie", Email: "marie@paraphe.example", Role: auth.Manager, PasswordHash: testkit.PasswordHash()}
	persist := httptest.NewServer(s.record.Handler())
	t.Cleanup(persist.Close)
	client := &persistclient.Client{Address: persist.URL, HTTP: function.NewClient(time.Minute), Self: author, Now: now}
	s.API, err = New(Config{Record: client, Tokens: tokens, PublicURL: "https://paraphe.example", Proxies: testkit.DefaultProxies(t), Now: now, Log: b.Log})
	if err != nil {
		t.Fatal(err)
	}
	router := rest.Router{Name: b.Name, Record: client, Sessions: tokens, Now: now, Log: b.Log}
	address := httptest.NewServer(router.Handler([]rest.Route{{Pattern: "POST /v1/session", Answer: s.LogIn}}))
	t.Cleanup(address.Close)
	s.address = address.URL
	return s
}

// from logs in from an address, with a cookie if one is given.
func (s *server) from(ctx context.Context, address, body, cookie string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/v1/session", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", address)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	result, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		result.Body.Close()
	}
	return result, err
}

// TestAFloodOfStrangersHoldsNobodyUpWhoIsKnown, and whoever is sent away because of it has failed at nothing.
func TestAFloodOfStrangersHoldsNobodyUpWhoIsKnown(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first, err := s.from(t.Context(), somewhere, testkit.RightLogin, "")
	if err != nil || first.StatusCode != http.StatusOK {
		t.Fatalf("the first log-in: %v, %v", first, err)
	}
	cookie := ""
	for _, c := range first.Cookies() {
		if c.Name == s.cookies.Device {
			cookie = c.Name + "=" + c.Value
		}
	}
	for n := range lanePlaces {
		if _, err := s.hashing.strangers.enter(strings.Repeat("x", n+1)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		got, err := s.from(t.Context(), elsewhere, testkit.WrongLogin, "")
		if err != nil || got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "1" {
			t.Fatalf("a stranger: %v, %v", got, err)
		}
	}
	s.record.Mu.Lock()
	if n := len(s.record.Failures); n != 0 {
		t.Errorf("%d sources failed", n)
	}
	s.record.Mu.Unlock()
	if got, err := s.from(t.Context(), somewhere, testkit.RightLogin, cookie); err != nil || got.StatusCode != http.StatusOK {
		t.Errorf("who logged in before: %v, %v", got, err)
	}
}

// TestWhoLeavesTheQueueIsNoError and gives its place back.
func TestWhoLeavesTheQueueIsNoError(t *testing.T) {
	t.Parallel()
	s := serve(t)
	l := s.hashing.strangers
	for range hashesAtOnce {
		l.running <- struct{}{}
		t.Cleanup(func() { <-l.running })
	}
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { _, err := s.from(ctx, somewhere, testkit.WrongLogin, ""); gone <- err }()
	places := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.places }
	testkit.Until(t, func() bool { return places() == 1 })
	leave()
	<-gone
	testkit.Until(t, func() bool { return places() == 0 })
	testkit.Until(t, func() bool { return strings.Contains(s.log.String(), "the client went away") })
	if strings.Contains(s.log.String(), `"WARN"`) {
		t.Errorf("the log says %s", s.log)
	}
}
