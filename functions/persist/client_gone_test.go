package persist

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/pgtest"
)

// logRecorder is a log that a test reads while it is written.
type logRecorder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logRecorder) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}
func (l *logRecorder) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.text.String() }

// contains returns nil if the log says this.
func (l *logRecorder) contains(words string) error {
	if !strings.Contains(l.String(), words) {
		return errors.New("the log does not say " + words)
	}
	return nil
}

// TestACallerWhoLeavesIsNoError: the question ends where it is, and the log says no more than that.
func TestACallerWhoLeavesIsNoError(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE users`); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := r.function(access.Orchestrate).UserByEmail(ctx, "manager@example.org", somewhere)
		gone <- err
	}()
	r.blocked()
	leave()
	if err := <-gone; err == nil {
		t.Error("it was answered")
	}
	pgtest.Eventually(t, func() error { return r.log.contains("the caller left") })
	if r.log.contains(`level=ERROR`) == nil {
		t.Errorf("the log says %s", r.log)
	}
}

func TestABrokenBodyIsTheCallersFault(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.address+"/users/by-email", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.function(access.Orchestrate).Authorize(q); err != nil {
		t.Fatal(err)
	}
	for path, headers := range map[string]string{"/users/by-email": "Authorization: " + q.Header.Get("Authorization") + "\r\n", "/dead-letters": "Content-Type: application/cloudevents+json\r\n"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(r.address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+headers+"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	if r.log.contains(`level=ERROR`) == nil {
		t.Errorf("the log says %s", r.log)
	}
}
