package transport

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// An answer that is none: the server closes the connection, or says nothing more.
const (
	cut  = "cut"
	hang = "hang"
)

// startSMTPServer is an SMTP server for one mail: it answers the commands that are in answers with those lines, and
// everything else kindly. "hello" is its greeting and "." the end of the notification. What was given to it whole comes out of
// the channel, which is closed when the conversation is over.
func startSMTPServer(t *testing.T, answers map[string]string) (Server, <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	given := make(chan string, 1)
	go func() {
		defer close(given)
		connection, err := listener.Accept()
		if err != nil {
			return // the test is over
		}
		defer connection.Close()
		serveSMTP(connection, answers, given)
	}()
	return Server{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, None: true}, given
}

func serveSMTP(c net.Conn, answers map[string]string, given chan<- string) {
	in := bufio.NewReader(c)
	answer := func(to, usual string) bool {
		if special, is := answers[to]; is {
			usual = special
		}
		switch usual {
		case hang:
			_, _ = io.Copy(io.Discard, in) // until the other side gives up
			return false
		case cut:
			return false
		}
		fmt.Fprint(c, usual+"\r\n")
		return true
	}
	for on := answer("hello", "220 test"); on; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch command := strings.ToUpper(strings.TrimRight(strings.SplitN(line, " ", 2)[0], "\r\n")); command {
		case "EHLO":
			on = answer(command, "250-test\r\n250-AUTH CRAM-MD5\r\n250 8BITMIME")
		case "AUTH":
			on = answer("challenge", "334 "+base64.StdEncoding.EncodeToString([]byte("challenge")))
			_, _ = in.ReadString('\n')
			on = on && answer(command, "235 welcome")
		case "DATA":
			if on = answer(command, "354 go on"); on && answers[command] == "" {
				text, whole := body(in)
				if !whole {
					return
				}
				given <- text
				on = answer(".", "250 taken")
			}
		case "QUIT":
			answer(command, "221 bye")
			return
		default:
			on = answer(command, "250 fine")
		}
	}
}

// body reads a notification to its end, and reports whether it came to that.
func body(in *bufio.Reader) (text string, whole bool) {
	var all strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return all.String(), err == nil
		}
		all.WriteString(strings.TrimPrefix(line, "."))
	}
}

func TestANotificationBySMTPHasOneOfEachHeaderAndBothItsForms(t *testing.T) {
	t.Parallel()
	server, given := startSMTPServer(t, nil)
	if err := (SMTP{Server: server, Now: time.Now}).Send(exampleMail(), SendTimeout); err != nil {
		t.Fatal(err)
	}
	notification, err := netmail.ReadMessage(strings.NewReader(<-given))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"From": `"Paraphe" <contracts@paraphe.example>`, "Reply-To": `"Camille Dubois" <camille@company.example>`,
		"Subject": "Signé : Été", "Message-Id": "<id1@paraphe.example>", "X-Paraphe-Contract": "c1", "X-Paraphe-Notification": "signed-copy/1",
	}
	for name, value := range want {
		got, err := new(mime.WordDecoder).DecodeHeader(notification.Header.Get(name))
		if err != nil || got != value || len(notification.Header[name]) != 1 {
			t.Errorf("%s is %q (%d of them), want %q", name, got, len(notification.Header[name]), value)
		}
	}
	to, err := notification.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != "zoe@example.org" || to[0].Name != "Zoë Žižek-O'Neill" {
		t.Errorf("it goes to %v (%v)", to, err)
	}
	if len(notification.Header["Cc"])+len(notification.Header["Bcc"]) != 0 {
		t.Error("it goes to others too")
	}
	if got := parts(t, notification.Header.Get("Content-Type"), notification.Body); got != "text/plain text/html application/pdf application/pdf" {
		t.Errorf("it consists of %s", got)
	}
}

// parts lists the media types of a mail's leaves.
func parts(t *testing.T, contentType string, in io.Reader) string {
	t.Helper()
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		return media
	}
	var all []string
	reader := multipart.NewReader(in, parameters["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return strings.Join(all, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parts(t, part.Header.Get("Content-Type"), part))
	}
}

func TestAMailServerIsNamedByItsAddress(t *testing.T) {
	t.Parallel()
	cases := map[string]Server{
		"":                                 {},
		"smtp://mail.example.org":          {Host: "mail.example.org", Port: 587},
		"smtp://u:p%40ss@mail.example:25":  {Host: "mail.example", Port: 25, User: "u", Password: "p@ss"},
		"smtps://u:p@mail.example":         {Host: "mail.example", Port: 465, User: "u", Password: "p", Implicit: true},
		"smtp://relay.svc:1025?tls=none":   {Host: "relay.svc", Port: 1025, None: true},
		"smtp://[2001:db8::1]:2525":        {Host: "2001:db8::1", Port: 2525},
		"mail.example.org:25":              {Port: -1},
		"http://mail.example.org":          {Port: -1},
		"smtp://":                          {Port: -1},
		"smtp://mail.example:99999":        {Port: -1},
		"smtp://mail.example/path":         {Port: -1},
		"smtp://u:p@mail.example?tls=none": {Port: -1},
		"smtps://mail.example?tls=none":    {Port: -1},
		"smtp://mail.example?tls=perhaps":  {Port: -1},
	}
	for value, want := range cases {
		var got Server
		err := got.Decode(value)
		var malformed function.Malformed
		if refused := errors.As(err, &malformed); refused != (want.Port == -1) || !refused && got != want {
			t.Errorf("%q is %+v (%v), want %+v", value, got, err, want)
		}
	}
}
