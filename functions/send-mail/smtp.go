package sendmail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	gomail "github.com/wneessen/go-mail"

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

const smtpForm = function.Malformed("it is not an address such as smtp://user:password@host:587")

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

// smtp carries mails by SMTP, each on a connection of its own: a function that scales to zero keeps none.
type smtp struct{ server Server }

func (s smtp) carry(ctx context.Context, m mail) error {
	letter, err := envelope(m)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		return nil // the server took it; that saying goodbye failed changes nothing
	}
	return fate(err)
}

func (s smtp) client() (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.server.Port), gomail.WithTimeout(sendTimeout)}
	switch {
	case s.server.Implicit:
		options = append(options, gomail.WithSSL())
	case s.server.None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.server.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.server.User), gomail.WithPassword(s.server.Password))
	}
	return gomail.NewClient(s.server.Host, options...)
}

// envelope gives a mail the form of RFC 5322. The marks have no place in it but headers of our own.
func envelope(m mail) (*gomail.Msg, error) {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := letter.FromFormat(m.from.Name, m.from.Address); err != nil {
		return nil, rejected("the sender's address is not one that mail can be sent from")
	}
	if err := letter.AddToFormat(m.to.Name, m.to.Address); err != nil {
		return nil, rejected("the recipient's e-mail address is not one that mail can be sent to")
	}
	if m.replyTo.Address != "" {
		if err := letter.ReplyToFormat(m.replyTo.Name, m.replyTo.Address); err != nil {
			return nil, rejected("the address for replies is not one that mail can be sent to")
		}
	}
	letter.Subject(m.subject)
	letter.SetMessageIDWithValue(m.id)
	letter.SetGenHeader("X-Paraphe-Contract", m.marks["contract"])
	letter.SetGenHeader("X-Paraphe-Letter", m.marks["letter"]+"/"+m.marks["occasion"])
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday replies, please
	letter.SetBodyString(gomail.TypeTextPlain, m.text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.html)
	for _, f := range m.files {
		if err := letter.AttachReader(f.name, bytes.NewReader(f.bytes), gomail.WithFileContentType("application/pdf")); err != nil {
			return nil, fmt.Errorf("attach a document: %w", err)
		}
	}
	return letter, nil
}

// fate says what the server's answer asks for. The library's own words are left out: they hold the recipient's
// address. A 5xx is for ever (RFC 5321 §4.2.1) where it is about the recipient or the mail; about the sender or the
// log-in it is a fault of the settings.
func fate(err error) error {
	var said *gomail.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &said):
		return fmt.Errorf("reach the mail server: %w", err)
	case said.ErrorCode()/100 != 5:
		return fmt.Errorf("the mail server answered %d (%s)", said.ErrorCode(), said.Reason)
	case said.Reason == gomail.ErrSMTPRcptTo:
		return rejected(fmt.Sprintf("the mail server refuses the recipient's e-mail address (%d)", said.ErrorCode()))
	case said.Reason == gomail.ErrSMTPData, said.Reason == gomail.ErrSMTPDataClose, said.Reason == gomail.ErrWriteContent:
		return rejected(fmt.Sprintf("the mail server does not take it (%d)", said.ErrorCode()))
	}
	return fmt.Errorf("the mail server answered %d (%s): look at SMTP_URL, and whether it may send from MAIL_FROM", said.ErrorCode(), said.Reason)
}
