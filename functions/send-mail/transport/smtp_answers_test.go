package transport

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
	fate     Class
	cause    string
}

// answersToTheEnvelope are answers that mean something else before the server knows of a recipient and after.
var answersToTheEnvelope = []answerRow{
	// The recipient's fault.
	{"RCPT", "550 5.1.1 <zoe@example.org>: User unknown", Permanent, addressRefused},
	{"RCPT", "550 5.1.2 no such host", Permanent, addressRefused},
	{"RCPT", "553 5.1.3 no address", Permanent, addressRefused},
	{"RCPT", "551 5.1.6 moved", Permanent, addressRefused},
	{"RCPT", "556 5.1.10 null MX", Permanent, addressRefused},
	{"RCPT", "550 5.2.1 disabled", Permanent, addressRefused},
	{"RCPT", "550-5.1.1 in two\r\n550 5.1.1 lines", Permanent, addressRefused},
	{"RCPT", "550 no", Permanent, addressRefused},
	{"RCPT", "551 no", Permanent, addressRefused},
	{"RCPT", "553 no", Permanent, addressRefused},
	{"RCPT", "556 no", Permanent, addressRefused},
	{"RCPT", "550 5.1.0 other", Permanent, addressRefused},
	{"RCPT", "550 5.0.0 other", Permanent, addressRefused},
	{".", "550 5.1.1 told late", Permanent, addressRefused},
	// Something about the recipient that passes.
	{"RCPT", "552 5.2.2 mailbox full", Transient, MailboxFull},
	{"RCPT", "452 4.2.2 mailbox full", Transient, MailboxFull},
	{"RCPT", "552 storage", Transient, MailboxFull},
	{".", "552 5.2.2 mailbox full", Transient, MailboxFull},
	{"RCPT", "450 4.7.1 greylisted", Transient, deferred},
	{"RCPT", "451 try later", Transient, deferred},
	{"RCPT", "550 5.4.4 no way there", Transient, deferred},
	{".", "451 4.3.0 try later", Transient, deferred},
	// The notification's.
	{".", "552 5.3.4 too large", Permanent, TooLarge},
	{".", "552 too large", Permanent, TooLarge},
	{"RCPT", "552 5.2.3 longer than this mailbox takes", Permanent, TooLarge},
	{"MAIL", "552 5.3.4 too large", Permanent, TooLarge},
	{".", "554 5.6.0 not in this form", Permanent, contentRefused},
	// Our settings', whenever the server says it.
	{"hello", "554 5.7.1 not for you", Installation, Misconfigured},
	{"hello", "521 no mail here", Installation, Misconfigured},
	{"EHLO", "504 5.5.2 need a full name", Installation, Misconfigured},
	{"EHLO", "550 5.7.1 blocked", Installation, Misconfigured},
	{"challenge", "504 5.5.4 not this way", Installation, Misconfigured},
	{"AUTH", "535 5.7.8 wrong", Installation, unauthorized},
	{"AUTH", "534 5.7.9 too weak", Installation, unauthorized},
	{"AUTH", "454 4.7.0 not now", Installation, unauthorized},
	{"MAIL", "530 5.7.0 log in first", Installation, unauthorized},
	{"MAIL", "553 5.1.8 sender's domain unknown", Installation, senderRefused},
	{"MAIL", "553 not from you", Installation, senderRefused},
	{"MAIL", "550 5.1.1 before there is a recipient", Installation, senderRefused},
	{"MAIL", "451 4.3.0 not now", Installation, Unreachable},
	{"RCPT", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", Installation, Misconfigured},
	{"RCPT", "554 5.7.1 <zoe@example.org>: Relay access denied", Installation, Misconfigured},
	{"RCPT", "554 relay denied", Installation, Misconfigured},
	{"RCPT", "550 5.7.1 relaying denied", Installation, Misconfigured},
	{"RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked", Installation, Misconfigured},
	{"RCPT", "530 5.7.0 Authentication required", Installation, unauthorized},
	{"RCPT", "535 no", Installation, unauthorized},
	{"RCPT", "550 5.1.8 sender's domain unknown", Installation, senderRefused},
	{"RCPT", "550 5.1.7 sender's address malformed", Installation, senderRefused},
	{"RCPT", "450 4.1.8 sender's domain unknown for now", Installation, senderRefused},
	{"RCPT", "503 5.5.1 wrong order", Installation, Misconfigured},
	{"RCPT", "554 5.3.2 not taking mail", Installation, Misconfigured},
	{"RCPT", "421 4.3.2 closing", Installation, Unreachable},
	{"DATA", "554 5.5.1 no valid recipients", Installation, Misconfigured},
	{"DATA", "451 not now", Installation, Unreachable},
	{".", "554 5.7.1 message refused", Installation, Misconfigured},
	{".", "550 no", Installation, Misconfigured},
	{".", "554 no", Installation, Misconfigured},
	{".", "421 4.3.2 closing", Installation, Unreachable},
	// No answer: before the notification's end nothing was taken, and after it nobody knows.
	{"hello", cut, Installation, Unreachable},
	{"EHLO", cut, Installation, Unreachable},
	{"MAIL", cut, Installation, Unreachable},
	{"RCPT", cut, Installation, Unreachable},
	{"RCPT", hang, Installation, Unreachable},
	{"DATA", cut, Installation, Unreachable},
	{".", cut, Unclear, EndUnclear},
	{".", hang, Unclear, EndUnclear},
	{".", "hello?", Unclear, EndUnclear},
	{".", "354 go on", Unclear, EndUnclear},
}

func TestSMTPAnswersAreClassified(t *testing.T) {
	t.Parallel()
	for _, row := range answersToTheEnvelope {
		t.Run(row.to+" "+row.says, func(t *testing.T) {
			t.Parallel()
			answers := map[string]string{row.to: row.says}
			if row.to == "EHLO" {
				answers["HELO"] = row.says
			}
			server, given := startSMTPServer(t, answers)
			if row.to == "AUTH" || row.to == "challenge" {
				server.User, server.Password = "us", "secret"
			}
			wait := 10 * time.Second
			if row.says == hang {
				wait = 300 * time.Millisecond
			}
			err := SMTP{Server: server, Helo: "sign.example.org", Now: time.Now}.Send(exampleMail(), wait)
			expect(t, err, row.fate, row.cause)
			if whole := len(given) == 1; whole != (row.to == ".") {
				t.Errorf("it was given a whole notification: %t", whole)
			}
		})
	}
}

// expect wants an error that is this fault, names a setting if that is what is wrong, and holds nothing personal.
func expect(t *testing.T, err error, want Class, cause string) Failure {
	t.Helper()
	var f Failure
	if !errors.As(err, &f) || f.Class != want || f.Cause != cause {
		t.Errorf("error %v (%+v); want fate %d and cause %s", err, f, want, cause)
	}
	names := []string{"SMTP_URL", "MAIL_FROM", "SENDGRID_URL", "SENDGRID_API_KEY", "names the field", "(429)", "(400)", "(503)"}
	if f.Class == Installation && !slices.ContainsFunc(names, func(n string) bool { return strings.Contains(f.Detail, n) }) {
		t.Errorf("%q names no setting", f.Detail)
	}
	if strings.Contains(f.Detail, "zoe") || strings.Contains(f.Detail, "192.0.2.1") {
		t.Errorf("%q quotes the server", f.Detail)
	}
	return f
}

func TestAcceptedMailsStayAcceptedWhateverFollows(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string]string{
		"kindly": nil, "by another number": {".": "251 taken"}, "and then rudely": {"QUIT": "500 no"}, "and then not at all": {"QUIT": cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, given := startSMTPServer(t, answers)
			if err := (SMTP{Server: server, Now: time.Now}).Send(exampleMail(), SendTimeout); err != nil || len(given) != 1 {
				t.Errorf("error %v, %d notifications", err, len(given))
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
	plain, _ := startSMTPServer(t, nil)
	plain.None = false
	tls, _ := startSMTPServer(t, nil)
	tls.None, tls.Implicit = false, true
	for name, server := range map[string]Server{
		"nobody listens":       {Host: "127.0.0.1", Port: port, None: true},
		"no such name":         {Host: "mail.invalid", Port: port, None: true},
		"no STARTTLS":          plain,
		"no TLS at this port":  tls,
		"nothing that answers": {Host: "127.0.0.1", Port: port, User: "us", Password: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, SMTP{Server: server, Now: time.Now}.Send(exampleMail(), SendTimeout), Installation, Unreachable)
		})
	}
}

// A notification that breaks off in the middle must not be ended by a goodbye on the same connection: half of it would be sent.
func TestANotificationThatBreaksOffIsNotSentInPart(t *testing.T) {
	t.Parallel()
	server, given := startSMTPServer(t, nil)
	notification, err := envelope(exampleMail())
	if err != nil {
		t.Fatal(err)
	}
	notification.SetBodyWriter("text/plain", func(w io.Writer) (int64, error) {
		_, _ = w.Write([]byte("Dear Zoë,\r\n"))
		return 0, errors.New("it breaks off")
	})
	client, err := SMTP{Server: server, Now: time.Now}.client(SendTimeout)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := client.DialToSMTPClientWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, err := handOver(connection, notification, SendTimeout)
	expect(t, smtpFault(at, err), Installation, Unreachable)
	_ = connection.Close()
	if half, sent := <-given; sent {
		t.Errorf("the server was given half a notification as a whole one: %q", half)
	}
}
