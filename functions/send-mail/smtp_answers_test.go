package sendmail

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// answerRow is one row: what the mail server says to one command, and what follows from it.
type answerRow struct {
	to, says string
	fate     fate
	cause    string
}

// answersToTheEnvelope are answers that mean something else before the server knows of a recipient and after.
var answersToTheEnvelope = []answerRow{
	// The recipient's fault.
	{"RCPT", "550 5.1.1 <zoe@example.org>: User unknown", forGood, addressRefused},
	{"RCPT", "550 5.1.2 no such host", forGood, addressRefused},
	{"RCPT", "553 5.1.3 no address", forGood, addressRefused},
	{"RCPT", "551 5.1.6 moved", forGood, addressRefused},
	{"RCPT", "556 5.1.10 null MX", forGood, addressRefused},
	{"RCPT", "550 5.2.1 disabled", forGood, addressRefused},
	{"RCPT", "550-5.1.1 in two\r\n550 5.1.1 lines", forGood, addressRefused},
	{"RCPT", "550 no", forGood, addressRefused},
	{"RCPT", "551 no", forGood, addressRefused},
	{"RCPT", "553 no", forGood, addressRefused},
	{"RCPT", "556 no", forGood, addressRefused},
	{"RCPT", "550 5.1.0 other", forGood, addressRefused},
	{"RCPT", "550 5.0.0 other", forGood, addressRefused},
	{".", "550 5.1.1 told late", forGood, addressRefused},
	// Something about the recipient that passes.
	{"RCPT", "552 5.2.2 mailbox full", passing, mailboxFull},
	{"RCPT", "452 4.2.2 mailbox full", passing, mailboxFull},
	{"RCPT", "552 storage", passing, mailboxFull},
	{".", "552 5.2.2 mailbox full", passing, mailboxFull},
	{"RCPT", "450 4.7.1 greylisted", passing, deferred},
	{"RCPT", "451 try later", passing, deferred},
	{"RCPT", "550 5.4.4 no way there", passing, deferred},
	{".", "451 4.3.0 try later", passing, deferred},
	// The letter's.
	{".", "552 5.3.4 too large", forGood, tooLarge},
	{".", "552 too large", forGood, tooLarge},
	{"RCPT", "552 5.2.3 longer than this mailbox takes", forGood, tooLarge},
	{"MAIL", "552 5.3.4 too large", forGood, tooLarge},
	{".", "554 5.6.0 not in this form", forGood, contentRefused},
	// Our settings', whenever the server says it.
	{"hello", "554 5.7.1 not for you", ours, misconfigured},
	{"hello", "521 no mail here", ours, misconfigured},
	{"EHLO", "504 5.5.2 need a full name", ours, misconfigured},
	{"EHLO", "550 5.7.1 blocked", ours, misconfigured},
	{"challenge", "504 5.5.4 not this way", ours, misconfigured},
	{"AUTH", "535 5.7.8 wrong", ours, unauthorized},
	{"AUTH", "534 5.7.9 too weak", ours, unauthorized},
	{"AUTH", "454 4.7.0 not now", ours, unauthorized},
	{"MAIL", "530 5.7.0 log in first", ours, unauthorized},
	{"MAIL", "553 5.1.8 sender's domain unknown", ours, senderRefused},
	{"MAIL", "553 not from you", ours, senderRefused},
	{"MAIL", "550 5.1.1 before there is a recipient", ours, senderRefused},
	{"MAIL", "451 4.3.0 not now", ours, unreachable},
	{"RCPT", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", ours, misconfigured},
	{"RCPT", "554 5.7.1 <zoe@example.org>: Relay access denied", ours, misconfigured},
	{"RCPT", "554 relay denied", ours, misconfigured},
	{"RCPT", "550 5.7.1 relaying denied", ours, misconfigured},
	{"RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked", ours, misconfigured},
	{"RCPT", "530 5.7.0 Authentication required", ours, unauthorized},
	{"RCPT", "535 no", ours, unauthorized},
	{"RCPT", "550 5.1.8 sender's domain unknown", ours, senderRefused},
	{"RCPT", "550 5.1.7 sender's address malformed", ours, senderRefused},
	{"RCPT", "450 4.1.8 sender's domain unknown for now", ours, senderRefused},
	{"RCPT", "503 5.5.1 wrong order", ours, misconfigured},
	{"RCPT", "554 5.3.2 not taking mail", ours, misconfigured},
	{"RCPT", "421 4.3.2 closing", ours, unreachable},
	{"DATA", "554 5.5.1 no valid recipients", ours, misconfigured},
	{"DATA", "451 not now", ours, unreachable},
	{".", "554 5.7.1 message refused", ours, misconfigured},
	{".", "550 no", ours, misconfigured},
	{".", "554 no", ours, misconfigured},
	{".", "421 4.3.2 closing", ours, unreachable},
	// No answer: before the letter's end nothing was taken, and after it nobody knows.
	{"hello", cut, ours, unreachable},
	{"EHLO", cut, ours, unreachable},
	{"MAIL", cut, ours, unreachable},
	{"RCPT", cut, ours, unreachable},
	{"RCPT", hang, ours, unreachable},
	{"DATA", cut, ours, unreachable},
	{".", cut, unclear, endUnclear},
	{".", hang, unclear, endUnclear},
	{".", "hello?", unclear, endUnclear},
	{".", "354 go on", unclear, endUnclear},
}

func TestWhatTheMailServerAnswersSaysWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	for _, row := range answersToTheEnvelope {
		t.Run(row.to+" "+row.says, func(t *testing.T) {
			t.Parallel()
			answers := map[string]string{row.to: row.says}
			if row.to == "EHLO" {
				answers["HELO"] = row.says
			}
			server, given := postOffice(t, answers)
			if row.to == "AUTH" || row.to == "challenge" {
				server.User, server.Password = "us", "secret"
			}
			wait := 10 * time.Second
			if row.says == hang {
				wait = 300 * time.Millisecond
			}
			err := smtp{server: server, helo: "sign.example.org", now: time.Now}.carry(exampleMail(), wait)
			expect(t, err, row.fate, row.cause)
			if whole := len(given) == 1; whole != (row.to == ".") {
				t.Errorf("it was given a whole letter: %t", whole)
			}
		})
	}
}

// expect wants an error that is this fault, names a setting if that is what is wrong, and holds nothing personal.
func expect(t *testing.T, err error, want fate, cause string) fault {
	t.Helper()
	var f fault
	if !errors.As(err, &f) || f.fate != want || f.cause != cause {
		t.Errorf("error %v (%+v); want fate %d and cause %s", err, f, want, cause)
	}
	names := []string{"SMTP_URL", "MAIL_FROM", "SENDGRID_URL", "SENDGRID_API_KEY", "names the field", "(429)", "(400)", "(503)"}
	if f.fate == ours && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(f.detail, n) }) {
		t.Errorf("%q names no setting", f.detail)
	}
	if strings.Contains(f.detail, "zoe") || strings.Contains(f.detail, "192.0.2.1") {
		t.Errorf("%q quotes the server", f.detail)
	}
	return f
}

func TestWhatTheServerTakesIsTakenWhateverItSaysAfterwards(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string]string{
		"kindly": nil, "by another number": {".": "251 taken"}, "and then rudely": {"QUIT": "500 no"}, "and then not at all": {"QUIT": cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, given := postOffice(t, answers)
			if err := (smtp{server: server, now: time.Now}).carry(exampleMail(), sendTimeout); err != nil || len(given) != 1 {
				t.Errorf("error %v, %d letters", err, len(given))
			}
		})
	}
}

func TestAServerThatIsNotThereIsAFaultOfTheInstallation(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	_ = closed.Close()
	plain, _ := postOffice(t, nil)
	plain.None = false
	tls, _ := postOffice(t, nil)
	tls.None, tls.Implicit = false, true
	for name, server := range map[string]Server{
		"nobody listens":       {Host: "127.0.0.1", Port: port, None: true},
		"no such name":         {Host: "mail.invalid", Port: port, None: true},
		"no STARTTLS":          plain,
		"no TLS at this door":  tls,
		"nothing that answers": {Host: "127.0.0.1", Port: port, User: "us", Password: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, smtp{server: server, now: time.Now}.carry(exampleMail(), sendTimeout), ours, unreachable)
		})
	}
}

// A letter that breaks off in the middle must not be ended by a goodbye on the same connection: half of it would be sent.
func TestALetterThatBreaksOffIsNotSentInPart(t *testing.T) {
	t.Parallel()
	server, given := postOffice(t, nil)
	letter, err := envelope(exampleMail())
	if err != nil {
		t.Fatal(err)
	}
	letter.SetBodyWriter("text/plain", func(w io.Writer) (int64, error) {
		_, _ = w.Write([]byte("Dear Zoë,\r\n"))
		return 0, errors.New("it breaks off")
	})
	client, err := smtp{server: server, now: time.Now}.client(sendTimeout)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := client.DialToSMTPClientWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, err := hand(connection, letter, sendTimeout)
	expect(t, smtpFault(at, err), ours, unreachable)
	_ = connection.Close()
	if half, sent := <-given; sent {
		t.Errorf("the server was given half a letter as a whole one: %q", half)
	}
}
