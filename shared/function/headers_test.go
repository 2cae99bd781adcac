package function

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// talking is a function that receives and answers.
func talking() *Server {
	f := &Function{
		Handle: func(context.Context, events.Verified) ([]events.Event, error) { return nil, nil },
		Routes: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/wrong" {
				WriteProblem(w, Problem{Status: http.StatusTeapot})
			}
		}),
	}
	return NewServer(f, Boot{Name: "speaking", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
}

func TestEveryAnswerOfEveryFunctionHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	mute := NewServer(&Function{}, Boot{Log: slog.New(slog.DiscardHandler)})
	for _, s := range []*Server{talking(), mute} {
		for _, request := range []string{
			"GET /health/liveness", "GET /health/readiness", "GET /", "POST /", "GET /right", "GET /wrong", "PUT /health/liveness", "GET //a/../b", "OPTIONS /",
		} {
			method, path, _ := strings.Cut(request, " ")
			w := httptest.NewRecorder()
			s.Handle(w, httptest.NewRequest(method, path, strings.NewReader("{")))
			for name, want := range securityHeaders {
				if got := w.Header().Values(name); len(got) != 1 || got[0] != want {
					t.Errorf("%s (%d): %s is %q", request, w.Code, name, got)
				}
			}
		}
	}
}

func TestEveryServerBoundsWhatAClientCanHold(t *testing.T) {
	t.Parallel()
	s := talking().server()
	for what, d := range map[string]time.Duration{"headers": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "pause": s.IdleTimeout} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("the %s may take %s", what, d)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 1<<20 {
		t.Errorf("headers may have %d bytes", s.MaxHeaderBytes)
	}
}

// served is a function's own server, on a port of its own and with less patience than it has.
func served(t *testing.T) string {
	t.Helper()
	s := talking().server()
	s.ReadHeaderTimeout, s.ReadTimeout = 50*time.Millisecond, 50*time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	return listener.Addr().String()
}

// TestASlowClientIsLetGo opens a request and never ends it: the server answers or hangs up, and does not wait for more.
func TestASlowClientIsLetGo(t *testing.T) {
	t.Parallel()
	for what, begun := range map[string]string{
		"nothing": "", "half a line": "GET / HT", "headers without an end": "GET / HTTP/1.1\r\nHost: a\r\nX: ",
		"a body that does not come": "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/cloudevents+json\r\nContent-Length: 99\r\n\r\n{",
	} {
		c, err := net.Dial("tcp", served(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(begun)); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err = c.Read(make([]byte, 4096))
		if timeout, is := err.(net.Error); is && timeout.Timeout() {
			t.Errorf("%s: the server waits on", what)
		}
		_ = c.Close()
	}
}

func TestHeadersOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+served(t)+"/right", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 2*headerLimit))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %s", answer.Status)
	}
}
