package frontend

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// asked starts an orchestrate that notes what reaches it, and the pages in front of it.
func asked(t *testing.T, answer http.HandlerFunc) (pages string, seen chan *http.Request) {
	t.Helper()
	seen = make(chan *http.Request, 8)
	return front(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		answer(w, r)
	})), seen
}

// serve answers until the test ends.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// front serves the function with this address as orchestrate's, on a server like the real one.
func front(t *testing.T, orchestrate string) string {
	t.Helper()
	return frontTelling(t, orchestrate, discard)
}

// frontTelling is front with a log.
func frontTelling(t *testing.T, orchestrate string, log *slog.Logger) string {
	t.Helper()
	boot := function.Boot{Name: "frontend", Now: time.Now, Log: log}
	routes, stop, err := newRoutes(boot, Settings{Orchestrate: function.URL(orchestrate)})
	if err != nil {
		t.Fatal(err)
	}
	served := function.NewServer(&function.Function{Manifest: Manifest, Routes: routes}, boot)
	server := httptest.NewServer(http.HandlerFunc(served.Handle))
	t.Cleanup(func() { server.Close(); stop() })
	return server.URL
}

func ok(w http.ResponseWriter, _ *http.Request) {
	function.WriteJSON(w, http.StatusOK, map[string]string{})
}

// send makes a request as it is, following no redirect.
func send(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOnlyTheAPIIsForwarded(t *testing.T) {
	t.Parallel()
	tests := []struct{ method, path, reaches string }{
		{"GET", "/api/v1/contracts?status=sent&q=a%26b", "/v1/contracts?status=sent&q=a%26b"},
		{"POST", "/api/v1/contracts/abc/send", "/v1/contracts/abc/send"},
		{"DELETE", "/api/v1/session", "/v1/session"},
		{"GET", "/api/v1/templates/service-agreement%2F1", "/v1/templates/service-agreement%2F1"},
		{"GET", "/.well-known/jwks.json", "/.well-known/jwks.json"},
		{"POST", "/.well-known/jwks.json", ""},
		{"GET", "/.well-known/other", ""},
		{"POST", "/", ""},
		{"POST", "/api/", ""},
		{"POST", "/api", ""},
		{"GET", "/api/v1", ""},
		{"GET", "/api/v2/contracts", ""},
		{"POST", "/api/dead-letters", ""},
		{"GET", "/v1/contracts", ""},
		{"POST", "/api/v1/%2e%2e/", ""},
		{"POST", "/api/v1/../../", ""},
		{"POST", "/api/v1/..%2f", ""},
		{"POST", "/api/v1//", ""},
		{"POST", `/api/v1/..%5c`, ""},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			pages, seen := asked(t, ok)
			r := request(t, test.method, pages, "{}")
			r.URL.Opaque = strings.TrimPrefix(pages, "http:") + test.path // so that nothing tidies the path on its way
			answer := send(t, r)
			switch {
			case test.reaches == "" && len(seen) > 0:
				t.Errorf("it reached orchestrate as %s", (<-seen).RequestURI)
			case test.reaches == "" && answer.StatusCode < 300:
				t.Errorf("it was answered with %s", answer.Status)
			case test.reaches != "" && len(seen) == 0:
				t.Errorf("it did not reach orchestrate: %s", answer.Status)
			case test.reaches != "":
				if got := (<-seen).RequestURI; got != test.reaches {
					t.Errorf("it reached orchestrate as %s, want %s", got, test.reaches)
				}
			}
		})
	}
}

func TestAForwardedCallKeepsWhatIsTheClientsAndDropsWhatIsOfTheConnection(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	pages, seen := asked(t, ok)
	r := request(t, "POST", pages+"/api/v1/contracts", `{"title":"é"}`)
	for name, value := range map[string]string{
		"Authorization": "Bearer x", "Idempotency-Key": "k", "If-None-Match": `"3"`, "Cookie": "paraphe_refresh=y", "Sec-Fetch-Site": "same-origin",
		"Traceparent": "00-" + trace + "-00f067aa0ba902b7-01", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "evil.example",
		"Connection": "Upgrade, X-Hop", "Upgrade": "websocket", "X-Hop": "1", "Proxy-Authorization": "Basic z",
	} {
		r.Header.Set(name, value)
	}
	send(t, r)
	got := <-seen
	for _, name := range []string{"Authorization", "Idempotency-Key", "If-None-Match", "Cookie", "Sec-Fetch-Site"} {
		if got.Header.Get(name) != r.Header.Get(name) {
			t.Errorf("%s arrived as %q", name, got.Header.Get(name))
		}
	}
	for _, name := range []string{"Connection", "Upgrade", "X-Hop", "Proxy-Authorization"} {
		if got.Header.Get(name) != "" {
			t.Errorf("%s was passed on", name)
		}
	}
	if parent := got.Header.Get("Traceparent"); !strings.Contains(parent, trace) {
		t.Errorf("the trace arrived as %q", parent)
	}
	if chain := got.Header.Get("X-Forwarded-For"); chain != "203.0.113.7, 127.0.0.1" {
		t.Errorf("X-Forwarded-For arrived as %q", chain)
	}
	if host := got.Header.Get("X-Forwarded-Host"); host != strings.TrimPrefix(pages, "http://") || got.Header.Get("X-Forwarded-Proto") != "http" {
		t.Errorf("X-Forwarded-Host arrived as %q, X-Forwarded-Proto as %q", host, got.Header.Get("X-Forwarded-Proto"))
	}
}

func TestABodyOverTheLimitIsNotForwarded(t *testing.T) {
	t.Parallel()
	read := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			ok(w, r)
		}
	}
	for name, body := range map[string]io.Reader{
		"with its length told":  strings.NewReader(strings.Repeat("x", bodyLimit+1)),
		"without a told length": io.MultiReader(strings.NewReader(strings.Repeat("x", bodyLimit)), strings.NewReader("x")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages, _ := asked(t, read)
			r, err := http.NewRequestWithContext(t.Context(), "POST", pages+"/api/v1/contracts", body)
			if err != nil {
				t.Fatal(err)
			}
			wantProblem(t, send(t, r), http.StatusRequestEntityTooLarge)
		})
	}
}

func TestUnreachableOrchestrateIsAProblemWithRetryAfter(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	_ = listener.Close()
	answer := send(t, request(t, "GET", front(t, address)+"/api/v1/me", ""))
	wantProblem(t, answer, http.StatusBadGateway)
	if answer.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
}

func TestAnOrchestrateThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	unreachable(w, httptest.NewRequest("GET", "/api/v1/me", nil), context.DeadlineExceeded, discard)
	wantProblem(t, w.Result(), http.StatusGatewayTimeout)
}

func TestAnAnswerComesThroughAsItIs(t *testing.T) {
	t.Parallel()
	pages, _ := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"7"`)
		w.Header().Set("Content-Security-Policy", "default-src *")
		http.SetCookie(w, &http.Cookie{Name: "paraphe_refresh", Value: "s", HttpOnly: true})
		function.WriteJSON(w, http.StatusAccepted, map[string]string{"id": "abc"})
	})
	answer := send(t, request(t, "POST", pages+"/api/v1/contracts/abc/send", ""))
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusAccepted || answer.Header.Get("ETag") != `"7"` || strings.TrimSpace(string(body)) != `{"id":"abc"}` {
		t.Errorf("it came as %s, %q, %s", answer.Status, answer.Header.Get("ETag"), body)
	}
	if cookies := answer.Cookies(); len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Errorf("the cookie came as %v", cookies)
	}
	if policies := answer.Header.Values("Content-Security-Policy"); len(policies) != 1 || strings.Contains(policies[0], "*") {
		t.Errorf("the content policy came as %q", policies)
	}
}

func wantProblem(t *testing.T, answer *http.Response, status int) {
	t.Helper()
	var p function.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || p.Status != status {
		t.Errorf("the problem is %+v (%v)", p, err)
	}
	if answer.StatusCode != status || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("it was answered with %s as %s", answer.Status, answer.Header.Get("Content-Type"))
	}
}
