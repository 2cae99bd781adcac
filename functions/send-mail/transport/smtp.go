package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"github.com/paraphe/paraphe/shared/function"
)

// Server is a setting: the SMTP server to give mails to.
//
//	smtp://user:password@host:587   TLS by STARTTLS, required (RFC 3207)
//	smtps://user:password@host:465  TLS from the first byte (RFC 8314)
//	smtp://host:25?tls=none         no TLS; for a relay in the same cluster, and never with a password
type Server struct {
	Host           string
	Port           int
	User, Password string
	Implicit, None bool // TLS from the first byte; no TLS
}

const smtpForm = function.Malformed("it must be an address, for example smtp://user:password@host:587")

// Decode implements envconfig.Decoder.
func (s *Server) Decode(value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return smtpForm
	}
	*s = Server{Host: u.Hostname(), Port: gomail.DefaultPortTLS, User: u.User.Username(), Implicit: u.Scheme == "smtps"}
	s.Password, _ = u.User.Password()
	if s.Implicit {
		s.Port = gomail.DefaultPortSSL
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return smtpForm
		}
	}
	switch tls := u.Query().Get("tls"); {
	case tls == "none" && s.User == "" && !s.Implicit:
		s.None = true
	case tls != "":
		return function.Malformed("tls may only be none, and only for smtp:// without a password")
	}
	return nil
}

// SMTP carries mails by SMTP, each on a connection of its own: a function that scales to zero keeps none.
type SMTP struct {
	Server Server
	Helo   string // what it calls itself in EHLO
	Now    func() time.Time
}

// Send speaks the steps itself and does not leave them to the library's own Send: that one says goodbye on the same
// connection when a notification broke off in the middle, and by doing so ends the notification, so that half of one is sent.
func (s SMTP) Send(m Mail, timeout time.Duration) error {
	began := s.Now()
	notification, err := envelope(m)
	if err != nil {
		return err
	}
	client, err := s.client(timeout)
	if err != nil {
		return Failure{Class: Installation, Cause: Misconfigured, Detail: "the mail server cannot be spoken with: look at SMTP_URL"}
	}
	server, err := client.DialToSMTPClientWithContext(context.Background())
	if err != nil {
		return smtpFault(connecting, err)
	}
	defer server.Close() // without a word, whatever the notification has come to
	if at, err := handOver(server, notification, timeout-s.Now().Sub(began)); err != nil {
		return smtpFault(at, err)
	}
	_ = server.Quit() // the server took it; that saying goodbye fails changes nothing
	return nil
}

// handOver gives the notification to the server, and says at which stage it broke off. When its patience is over nothing more is
// written.
func handOver(server *gosmtp.Client, notification *gomail.Msg, timeout time.Duration) (stage, error) {
	if err := server.UpdateDeadline(timeout); err != nil {
		return connecting, err
	}
	from, err := notification.GetSender(false)
	if err != nil {
		return atMail, err
	}
	to, err := notification.GetRecipients()
	if err != nil {
		return atRcpt, err
	}
	if err := server.Mail(from); err != nil {
		return atMail, err
	}
	for _, one := range to {
		if err := server.Rcpt(one); err != nil {
			return atRcpt, err
		}
	}
	body, err := server.Data()
	if err != nil {
		return atData, err
	}
	if _, err := notification.WriteTo(body); err != nil {
		return writing, err
	}
	return atEnd, accepted(body.Close())
}

// accepted leaves out that a server said yes by another number than most.
func accepted(err error) error {
	var out *textproto.Error
	if errors.As(err, &out) && out.Code/100 == 2 {
		return nil
	}
	return err
}

func (s SMTP) client(timeout time.Duration) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.Server.Port), gomail.WithTimeout(timeout)}
	if s.Helo != "" {
		options = append(options, gomail.WithHELO(s.Helo))
	}
	switch {
	case s.Server.Implicit:
		options = append(options, gomail.WithSSL())
	case s.Server.None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Server.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.Server.User), gomail.WithPassword(s.Server.Password))
	}
	return gomail.NewClient(s.Server.Host, options...)
}

// envelope gives a mail the form of RFC 5322. The marks have no place in it but headers of our own.
func envelope(m Mail) (*gomail.Msg, error) {
	notification := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := notification.FromFormat(m.From.Name, m.From.Address); err != nil {
		return nil, Failure{Class: Installation, Cause: senderRefused, Detail: "mail cannot be sent from this address: look at MAIL_FROM"}
	}
	if err := notification.AddToFormat(m.To.Name, m.To.Address); err != nil {
		return nil, NoAddress
	}
	if m.ReplyTo.Address != "" {
		if err := notification.ReplyToFormat(m.ReplyTo.Name, m.ReplyTo.Address); err != nil {
			return nil, Failure{Class: Installation, Cause: contentRefused, Detail: "the sender's e-mail address is not one that can be answered to"}
		}
	}
	notification.Subject(m.Subject)
	notification.SetMessageIDWithValue(m.ID)
	notification.SetGenHeader("X-Paraphe-Contract", m.CustomArgs["contract"])
	notification.SetGenHeader("X-Paraphe-Notification", m.CustomArgs["kind"]+"/"+m.CustomArgs["sequence"])
	notification.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday replies, please
	notification.SetBodyString(gomail.TypeTextPlain, m.Text)
	notification.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	for _, f := range m.Files {
		if err := notification.AttachReader(f.Name, bytes.NewReader(f.Bytes), gomail.WithFileContentType("application/pdf")); err != nil {
			return nil, fmt.Errorf("attach a document: %w", err)
		}
	}
	return notification, nil
}
