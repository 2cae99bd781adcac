package transport

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
)

// blaming is what SendGrid answers if it finds these fields wrong. It may quote an address.
func blaming(fields ...string) string {
	var all []string
	for _, f := range fields {
		all = append(all, fmt.Sprintf(`{"message":"zoe@example.org","field":%q}`, f))
	}
	return `{"errors":[` + strings.Join(all, ",") + `]}`
}

// noon is when these tests take place.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestSendGridAnswersAreClassified(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		header map[string]string
		body   string
		fate   Class
		cause  string
		wait   time.Duration
		detail string // "": not looked at
	}{
		"a wrong address":            {status: 400, body: blaming("personalizations.0.to.0.email"), fate: Permanent, cause: addressRefused},
		"two things about it":        {status: 400, body: blaming("personalizations.0.to.0.email", "personalizations.0.to"), fate: Permanent, cause: addressRefused},
		"the sender":                 {status: 400, body: blaming("from"), cause: senderRefused, detail: "SendGrid does not take it (400): it names the field from: look at MAIL_FROM"},
		"the sender's address":       {status: 400, body: blaming("from.email"), cause: senderRefused},
		"the address for replies":    {status: 400, body: blaming("reply_to.email"), cause: Misconfigured},
		"what the notification says": {status: 400, body: blaming("content.0.value"), cause: Misconfigured, detail: "SendGrid does not take it (400): it names the field content.0.value"},
		"both an address and us":     {status: 400, body: blaming("personalizations.0.to.0.email", "from"), cause: senderRefused},
		"a field of ours for them":   {status: 400, body: blaming("personalizations.0.custom_args"), cause: Misconfigured},
		"a field that is no name":    {status: 400, body: blaming("zoe@example.org"), cause: Misconfigured, detail: "SendGrid does not take it (400)"},
		"no field":                   {status: 400, body: `{"errors":[{"message":"Bad Request"}]}`, cause: Misconfigured},
		"no JSON":                    {status: 400, body: "<html>", cause: Misconfigured},
		"too large":                  {status: 413, fate: Permanent, cause: TooLarge},
		"a wrong key":                {status: 401, cause: unauthorized},
		"a key without the right":    {status: 403, cause: unauthorized},
		"nothing at this path":       {status: 404, cause: Misconfigured},
		"another media type":         {status: 415, cause: Misconfigured},
		"elsewhere":                  {status: 307, header: map[string]string{"Location": "/elsewhere"}, cause: Misconfigured},
		"limited, with Retry-After":  {status: 429, header: map[string]string{"Retry-After": "7"}, cause: Limited, wait: 7 * time.Second},
		"limited, with a reset time": {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Add(42 * time.Second).Unix())},
			cause: Limited, wait: 42 * time.Second},
		"limited until just now":      {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Unix() - 5)}, cause: Limited, wait: time.Second},
		"limited for a year":          {status: 429, header: map[string]string{"Retry-After": "31536000"}, cause: Limited, wait: longestWait},
		"limited without a word":      {status: 429, cause: Limited, wait: usualWait},
		"out of service for a while":  {status: 503, header: map[string]string{"Retry-After": "30"}, cause: Unreachable, wait: 30 * time.Second},
		"unavailable, who knows why":  {status: 503, fate: Unclear, cause: EndUnclear},
		"an error":                    {status: 500, fate: Unclear, cause: EndUnclear},
		"an error of something ahead": {status: 502, body: "<html>", fate: Unclear, cause: EndUnclear},
		"too slow for something":      {status: 504, fate: Unclear, cause: EndUnclear},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range c.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			err := NewSendGrid(server.URL, "key", func() time.Time { return noon }).Send(exampleMail(), SendTimeout)
			f := expect(t, err, c.fate, c.cause)
			if f.After != c.wait || c.detail != "" && f.Detail != c.detail {
				t.Errorf("%q, to wait %s; want %q and %s", f.Detail, f.After, c.detail, c.wait)
			}
		})
	}
}

// raw is a server that does with each connection what it is told to.
func raw(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go func() { defer c.Close(); do(c) }()
		}
	}()
	return "http://" + listener.Addr().String()
}

// An end without an answer is unclear if the other side can have the whole request, and else known: nothing was taken.
func TestAnEndWithoutAnAnswerIsUnclearOnceAllWasWritten(t *testing.T) {
	t.Parallel()
	large := exampleMail()
	large.Files = []File{{"large.pdf", make([]byte, 12<<20)}} // more than fits into the buffers between two sockets
	whole := func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }
	read := func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}
	cases := map[string]struct {
		do    func(net.Conn)
		mail  Mail
		fate  Class
		cause string
	}{
		"cut at once":                   {func(net.Conn) {}, large, Installation, Unreachable},
		"cut behind the header":         {whole, large, Installation, Unreachable},
		"silent behind the header":      {func(c net.Conn) { whole(c); time.Sleep(time.Second) }, large, Installation, Unreachable},
		"cut when all was read":         {read, exampleMail(), Unclear, EndUnclear},
		"silent when all was read":      {func(c net.Conn) { read(c); time.Sleep(time.Second) }, exampleMail(), Unclear, EndUnclear},
		"an answer that is no HTTP":     {func(c net.Conn) { read(c); fmt.Fprint(c, "hello?\r\n\r\n") }, exampleMail(), Unclear, EndUnclear},
		"cut in the middle of the body": {func(c net.Conn) { _, _ = io.CopyN(io.Discard, c, 4096) }, large, Installation, Unreachable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, NewSendGrid(raw(t, c.do), "key", time.Now).Send(c.mail, 400*time.Millisecond), c.fate, c.cause)
		})
	}
}

func TestASendGridThatIsNotThereIsAFaultOfTheInstallation(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	unknown := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(unknown.Close)
	for name, address := range map[string]string{
		"nobody listens": closed.URL, "no such name": "http://sendgrid.invalid", "a certificate of nobody": unknown.URL,
		"no TLS": strings.Replace(raw(t, func(c net.Conn) { fmt.Fprint(c, "hello?\r\n") }), "http:", "https:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := expect(t, NewSendGrid(address, "key", time.Now).Send(exampleMail(), SendTimeout), Installation, Unreachable)
			if strings.Contains(f.Detail, "127.0.0.1") {
				t.Errorf("%q quotes an address", f.Detail)
			}
		})
	}
}

// A connection that the other side closed while nobody used it is replaced, and the notification is handed over once.
func TestAConnectionThatWasClosedMeanwhileIsNoUnclearEnd(t *testing.T) {
	t.Parallel()
	taken := make(chan string, 9)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		taken <- string(text)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	transport := NewSendGrid(server.URL, "key", time.Now)
	for range 3 {
		if err := transport.Send(exampleMail(), SendTimeout); err != nil {
			t.Fatal(err)
		}
		server.CloseClientConnections()
	}
	if len(taken) != 3 {
		t.Errorf("handed over %d times", len(taken))
	}
}
