package frontend

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

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

// dial opens a connection to the pages, for requests that no client of ours would send.
func dial(t *testing.T, pages, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(pages, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return c
}

const chunked = "POST /api/v1/contracts HTTP/1.1\r\nHost: pages\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

// TestAClientsBrokenBodyIsTheClients: it is 400, and nothing that an operator looks at.
func TestAClientsBrokenBodyIsTheClients(t *testing.T) {
	t.Parallel()
	for what, body := range map[string]string{
		"no number": "zz\r\n{}\r\n0\r\n\r\n", "a chunk of another length": "1\r\n{}\r\n0\r\n\r\n", "a number beyond any": "ffffffffffffffffff\r\n{}", "a negative one": "-1\r\n{}\r\n",
		"after a right chunk": "1\r\n{\r\nzz\r\n",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			output := &logBook{}
			pages := frontTelling(t, reader(t).URL, slog.New(slog.NewJSONHandler(output, nil)))
			answer, err := http.ReadResponse(bufio.NewReader(dial(t, pages, chunked+body)), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			wantProblem(t, answer, http.StatusBadRequest)
			if log := output.String(); strings.Contains(log, `"WARN"`) || strings.Contains(log, `"ERROR"`) {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

// TestAClientWhoLeavesIsNoError: in the middle of the body, before the answer, and in the middle of it. The log is read
// once the call has ended at orchestrate and here.
func TestAClientWhoLeavesIsNoError(t *testing.T) {
	t.Parallel()
	for what, row := range map[string]struct{ request, answered string }{
		"in the body":       {chunked + "5\r\n{", ""},
		"before the answer": {"GET /api/v1/slow HTTP/1.1\r\nHost: pages\r\n\r\n", ""},
		"in the answer":     {"GET /api/v1/endless HTTP/1.1\r\nHost: pages\r\n\r\n", "200 OK"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			output := &logBook{}
			far := reader(t)
			pages := frontTelling(t, far.URL, slog.New(slog.NewJSONHandler(output, nil)))
			c := dial(t, pages, row.request)
			<-far.began
			if row.answered != "" {
				line, err := bufio.NewReader(c).ReadString('\n')
				if err != nil || !strings.Contains(line, row.answered) {
					t.Fatalf("%q, %v", line, err)
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			<-far.ended
			// What follows on the same front is answered after what was said about the one before.
			for range 3 {
				_ = send(t, request(t, "GET", pages+"/api/v1/quick", ""))
			}
			if log := output.String(); strings.Contains(log, `"WARN"`) || strings.Contains(log, `"ERROR"`) {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

// far is an orchestrate that says when a call begins and when it ends.
type far struct {
	URL          string
	began, ended chan struct{}
}

// reader reads each body to its end, and answers after that: never to /slow, and without an end to /endless.
func reader(t *testing.T) far {
	f := far{began: make(chan struct{}, 8), ended: make(chan struct{}, 8)}
	f.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
		f.began <- struct{}{}
		defer func() { f.ended <- struct{}{} }()
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		switch r.URL.Path {
		case "/v1/slow":
			<-r.Context().Done()
		case "/v1/endless":
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("x", 1<<10))
				_ = http.NewResponseController(w).Flush()
			}
		default:
			ok(w, r)
		}
	})
	return f
}
