package function

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// TestAnEventThatWasCutOffComesAgain: what did not arrive whole is no poison, and nothing to look at.
func TestAnEventThatWasCutOffComesAgain(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handled := func(context.Context, events.Verified) ([]events.Event, error) {
		t.Error("it was handled")
		return nil, nil
	}
	s := NewServer(&Function{Manifest: Manifest{Name: "send-mail"}, Handle: handled}, Boot{Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	server := httptest.NewServer(http.HandlerFunc(s.Handle))
	defer server.Close()
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const cut = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCe-Specversion: 1.0\r\nCe-Id: e1\r\nCe-Source: orchestrate\r\n" +
		"Ce-Type: dev.paraphe.mail.send\r\nCe-Subject: c1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n"
	if _, err := io.WriteString(c, cut); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusServiceUnavailable || strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "level=INFO") {
		t.Errorf("%s; the log says %s", answer.Status, &log)
	}
}

// TestABrokerThatLeftIsNoError: the handler's trouble is that nobody waits any more.
func TestABrokerThatLeftIsNoError(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	handle := func(ctx context.Context, _ events.Verified) ([]events.Event, error) { leave(); return nil, ctx.Err() }
	_, out := handleRequest(handle, nil, eventOf(t, events.SendMail{}).WithContext(ctx))
	if strings.Contains(out, `"WARN"`) || !strings.Contains(out, `"INFO"`) {
		t.Errorf("the log says %s", out)
	}
}
