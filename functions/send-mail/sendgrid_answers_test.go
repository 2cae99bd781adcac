package sendmail

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

func TestWhatSendGridAnswersSaysWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		header map[string]string
		body   string
		fate   fate
		cause  string
		wait   time.Duration
		detail string // "": not looked at
	}{
		"a wrong address":           {status: 400, body: blaming("personalizations.0.to.0.email"), fate: forGood, cause: addressRefused},
		"two things about it":       {status: 400, body: blaming("personalizations.0.to.0.email", "personalizations.0.to"), fate: forGood, cause: addressRefused},
		"the sender":                {status: 400, body: blaming("from"), cause: senderRefused, detail: "SendGrid does not take it (400): it names the field from: look at MAIL_FROM"},
		"the sender's address":      {status: 400, body: blaming("from.email"), cause: senderRefused},
		"the address for replies":   {status: 400, body: blaming("reply_to.email"), cause: misconfigured},
		"what the letter says":      {status: 400, body: blaming("content.0.value"), cause: misconfigured, detail: "SendGrid does not take it (400): it names the field content.0.value"},
		"both an address and us":    {status: 400, body: blaming("personalizations.0.to.0.email", "from"), cause: senderRefused},
		"a field of ours for them":  {status: 400, body: blaming("personalizations.0.custom_args"), cause: misconfigured},
		"a field that is no name":   {status: 400, body: blaming("zoe@example.org"), cause: misconfigured, detail: "SendGrid does not take it (400)"},
		"no field":                  {status: 400, body: `{"errors":[{"message":"Bad Request"}]}`, cause: misconfigured},
		"no JSON":                   {status: 400, body: "<html>", cause: misconfigured},
		"too large":                 {status: 413, fate: forGood, cause: tooLarge},
		"a wrong key":               {status: 401, cause: unauthorized},
		"a key without the right":   {status: 403, cause: unauthorized},
		"nothing at this path":      {status: 404, cause: misconfigured},
		"another media type":        {status: 415, cause: misconfigured},
		"elsewhere":                 {status: 307, header: map[string]string{"Location": "/elsewhere"}, cause: misconfigured},
		"limited, with Retry-After": {status: 429, header: map[string]string{"Retry-After": "7"}, cause: limited, wait: 7 * time.Second},
		"limited, with a reset time": {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Add(42 * time.Second).Unix())},
			cause: limited, wait: 42 * time.Second},
		"limited until just now":      {status: 429, header: map[string]string{"X-RateLimit-Reset": fmt.Sprint(noon.Unix() - 5)}, cause: limited, wait: time.Second},
		"limited for a year":          {status: 429, header: map[string]string{"Retry-After": "31536000"}, cause: limited, wait: longestWait},
		"limited without a word":      {status: 429, cause: limited, wait: usualWait},
		"out of service for a while":  {status: 503, header: map[string]string{"Retry-After": "30"}, cause: unreachable, wait: 30 * time.Second},
		"unavailable, who knows why":  {status: 503, fate: unclear, cause: endUnclear},
		"an error":                    {status: 500, fate: unclear, cause: endUnclear},
		"an error of something ahead": {status: 502, body: "<html>", fate: unclear, cause: endUnclear},
		"too slow for something":      {status: 504, fate: unclear, cause: endUnclear},
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
			err := newSendGrid(server.URL, "key", func() time.Time { return noon }).carry(exampleMail(), sendTimeout)
			f := expect(t, err, c.fate, c.cause)
			if f.after != c.wait || c.detail != "" && f.detail != c.detail {
				t.Errorf("%q, to wait %s; want %q and %s", f.detail, f.after, c.detail, c.wait)
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
	large.files = []file{{"large.pdf", make([]byte, 12<<20)}} // more than fits into the buffers between two sockets
	whole := func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }
	read := func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}
	cases := map[string]struct {
		do    func(net.Conn)
		mail  mail
		fate  fate
		cause string
	}{
		"cut at once":                   {func(net.Conn) {}, large, ours, unreachable},
		"cut behind the header":         {whole, large, ours, unreachable},
		"silent behind the header":      {func(c net.Conn) { whole(c); time.Sleep(time.Second) }, large, ours, unreachable},
		"cut when all was read":         {read, exampleMail(), unclear, endUnclear},
		"silent when all was read":      {func(c net.Conn) { read(c); time.Sleep(time.Second) }, exampleMail(), unclear, endUnclear},
		"an answer that is no HTTP":     {func(c net.Conn) { read(c); fmt.Fprint(c, "hello?\r\n\r\n") }, exampleMail(), unclear, endUnclear},
		"cut in the middle of the body": {func(c net.Conn) { _, _ = io.CopyN(io.Discard, c, 4096) }, large, ours, unreachable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, newSendGrid(raw(t, c.do), "key", time.Now).carry(c.mail, 400*time.Millisecond), c.fate, c.cause)
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
			f := expect(t, newSendGrid(address, "key", time.Now).carry(exampleMail(), sendTimeout), ours, unreachable)
			if strings.Contains(f.detail, "127.0.0.1") {
				t.Errorf("%q quotes an address", f.detail)
			}
		})
	}
}

// A connection that the other side closed while nobody used it is replaced, and the letter is handed over once.
func TestAConnectionThatWasClosedMeanwhileIsNoUnclearEnd(t *testing.T) {
	t.Parallel()
	taken := make(chan string, 9)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		taken <- string(text)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	carrier := newSendGrid(server.URL, "key", time.Now)
	for range 3 {
		if err := carrier.carry(exampleMail(), sendTimeout); err != nil {
			t.Fatal(err)
		}
		server.CloseClientConnections()
	}
	if len(taken) != 3 {
		t.Errorf("handed over %d times", len(taken))
	}
}
