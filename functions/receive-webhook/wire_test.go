package receivewebhook

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// readLimit is what the server of these tests gives a request; the handler gives an unknown caller less.
const readLimit = 5 * time.Second

// onTheWire serves the handler of these tests over a real connection, behind a proxy of ours on this machine, and
// returns what the server answers to exactly these bytes.
func onTheWire(t *testing.T, request string) (answer string, took time.Duration, broker *published) {
	t.Helper()
	d, broker, _ := newTestHandler()
	d.address.trusted = append(d.address.trusted, networks("127.0.0.0/8")()...)
	s := httptest.NewUnstartedServer(d)
	s.Config.ReadTimeout = readLimit
	s.Start()
	t.Cleanup(s.Close)
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	elapsed := timeouts.Measure()
	_ = c.SetDeadline(time.Now().Add(2 * readLimit))
	_, _ = io.WriteString(c, request) // a server that refuses need not read it all
	text, _ := io.ReadAll(c)
	return string(text), elapsed(), broker
}

// posted writes a request with these header lines; "\n" stands for the ends of lines.
func posted(from, lines, body string) string {
	head := "POST /yousign/main HTTP/1.1\nHost: x\nConnection: close\nX-Forwarded-For: " + from + "\n" + lines + "\n\n"
	return strings.ReplaceAll(head, "\n", "\r\n") + body
}

func chunked(body, trailer string) string {
	half := len(body) / 2
	return fmt.Sprintf("%x\r\n%s\r\n%x;note=x\r\n%s\r\n0\r\n%s\r\n", half, body[:half], len(body)-half, body[half:], trailer)
}

// TestHowAMessageMayBeSent: the bytes that were signed count, however HTTP carries them, and nothing is read into a
// request that is written in two ways.
func TestHowAMessageMayBeSent(t *testing.T) {
	t.Parallel()
	const service = "57.130.41.150"
	body := string(message(sealed(t, seals(), nil)))
	right := sign([]byte(body), secret)
	length := fmt.Sprintf("\nContent-Length: %d", len(body))
	signed := header + ": " + right
	for name, c := range map[string]struct {
		lines, body, want string
		said              int
	}{
		"plainly":                            {signed + length, body, "200 OK", 1},
		"with blanks around the signature":   {header + ": \t " + right + "  " + length, body, "200 OK", 1}, // no part of the value: RFC 9110 §5.5
		"in lower case":                      {strings.ToLower(header) + ": " + right + length, body, "200 OK", 1},
		"of no media type":                   {signed + "\nContent-Type: " + length, body, "200 OK", 1},
		"said to be gzip":                    {signed + "\nContent-Encoding: gzip" + length, body, "200 OK", 1},
		"in chunks":                          {signed + "\nTransfer-Encoding: chunked", chunked(body, ""), "200 OK", 1},
		"after 100 Continue":                 {signed + "\nExpect: 100-continue" + length, body, "100 Continue", 1},
		"in chunks, signed behind them":      {"Trailer: " + header + "\nTransfer-Encoding: chunked", chunked(body, signed+"\r\n"), "401 Unauthorized", 0},
		"signed twice":                       {signed + "\n" + strings.ToUpper(header) + ": " + right + length, body, "401 Unauthorized", 0},
		"signed in a header of another name": {"X-Yousign-Signature: " + right + length, body, "401 Unauthorized", 0},
		"with an underscore":                 {strings.ReplaceAll(header, "-", "_") + ": " + right + length, body, "401 Unauthorized", 0},
		"folded":                             {header + ":\n " + right[:20] + "\n " + right[20:] + length, body, "401 Unauthorized", 0},
		"with NUL":                           {signed + "\x00" + length, body, "400 Bad Request", 0},
		"cut by its length":                  {signed + fmt.Sprintf("\nContent-Length: %d", len(body)-1), body, "401 Unauthorized", 0},
		"longer than it comes":               {signed + fmt.Sprintf("\nContent-Length: %d", len(body)+1), body, "400 Bad Request", 0},
		"of two lengths":                     {signed + length + "\nContent-Length: 5", body, "400 Bad Request", 0},
		"of a negative length":               {signed + "\nContent-Length: -1", body, "400 Bad Request", 0},
		"without a length":                   {signed, body, "401 Unauthorized", 0},
		"packed on the way":                  {signed + "\nTransfer-Encoding: gzip, chunked", chunked(body, ""), "501 Not Implemented", 0},
		"in chunks by half":                  {signed + "\nTransfer-Encoding: xchunked" + length, body, "501 Not Implemented", 0},
		"in chunks that are none":            {signed + "\nTransfer-Encoding: chunked", body, "400 Bad Request", 0},
		"of chunks and a length, and a second request": {signed + "\nTransfer-Encoding: chunked\nContent-Length: 4", chunked(body, "") + posted(service, signed+length, body), "200 OK", 1},
		"of too many bytes":                            {signed + fmt.Sprintf("\nContent-Length: %d", bodyLimit+1), strings.Repeat(" ", bodyLimit+1), "413 Request Entity Too Large", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, _, broker := onTheWire(t, posted(service, c.lines, c.body))
			if !strings.HasPrefix(answer, "HTTP/1.1 "+c.want+"\r\n") || len(broker.events) != c.said {
				t.Errorf("said %d, answered %s", len(broker.events), answer)
			}
		})
	}
}

// TestAStrangerIsAnsweredTheSameHoweverItComes, before the server's own limit ends a slow one, and is asked for nothing.
func TestAStrangerIsAnsweredTheSameHoweverItComes(t *testing.T) {
	t.Parallel()
	body := string(message(sealed(t, seals(), nil)))
	signed := header + ": " + sign([]byte(body), secret)
	length := fmt.Sprintf("\nContent-Length: %d", len(body))
	for name, c := range map[string]struct{ lines, body string }{
		"signed":                 {signed + length, body},
		"signed and slow":        {signed + length, body[:100]},
		"signed and silent":      {signed + length, ""},
		"signed, slow in chunks": {signed + "\nTransfer-Encoding: chunked", "5\r\n{\"eve"},
		"signed and waiting":     {signed + "\nExpect: 100-continue" + length, ""},
		"not signed and silent":  {"Content-Length: 7", ""},
		"nothing":                {"Content-Length: 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, took, broker := onTheWire(t, posted("203.0.113.9", c.lines, c.body))
			first, _, _ := strings.Cut(answer, "\r\n")
			if first != "HTTP/1.1 403 Forbidden" || strings.Contains(answer, "100 Continue") || len(broker.events) != 0 {
				t.Errorf("answered %s", answer)
			}
			if took >= 2*time.Second {
				t.Errorf("answered after %s", took)
			}
		})
	}
}

// TestRefusalsDoNotNameTheFailedProof: by its address or by its token, a message gets the same bytes.
func TestRefusalsDoNotNameTheFailedProof(t *testing.T) {
	t.Parallel()
	var first string
	for _, from := range []string{"203.0.113.9", "57.130.41.150"} {
		body := string(message("p1.new.AAAA"))
		answer, _, _ := onTheWire(t, posted(from, fmt.Sprintf("%s: %s\nContent-Length: %d", header, sign([]byte(body), secret), len(body)), body))
		parsed, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
		if err != nil {
			t.Fatal(err)
		}
		date := parsed.Header.Get("Date")
		_ = parsed.Body.Close()
		answer = strings.ReplaceAll(answer, date, "")
		if first == "" {
			first = answer
		}
		if answer != first || parsed.StatusCode != http.StatusForbidden {
			t.Errorf("one answer is\n%s\nthe other\n%s", first, answer)
		}
	}
}
