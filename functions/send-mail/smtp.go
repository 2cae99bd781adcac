package sendmail

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
type smtp struct {
	server Server
	helo   string // what it calls itself in EHLO
	now    func() time.Time
}

// carry speaks the steps itself and does not leave them to the library's own Send: that one says goodbye on the same
// connection when a letter broke off in the middle, and by doing so ends the letter, so that half of one is sent.
func (s smtp) carry(m mail, patience time.Duration) error {
	began := s.now()
	letter, err := envelope(m)
	if err != nil {
		return err
	}
	client, err := s.client(patience)
	if err != nil {
		return fault{fate: ours, cause: misconfigured, detail: "the mail server cannot be spoken with: look at SMTP_URL"}
	}
	server, err := client.DialToSMTPClientWithContext(context.Background())
	if err != nil {
		return smtpFault(connecting, err)
	}
	defer server.Close() // without a word, whatever the letter has come to
	if at, err := hand(server, letter, patience-s.now().Sub(began)); err != nil {
		return smtpFault(at, err)
	}
	_ = server.Quit() // the server took it; that saying goodbye fails changes nothing
	return nil
}

// hand gives the letter to the server, and says at which stage it broke off. When its patience is over nothing more is
// written.
func hand(server *gosmtp.Client, letter *gomail.Msg, patience time.Duration) (stage, error) {
	if err := server.UpdateDeadline(patience); err != nil {
		return connecting, err
	}
	from, err := letter.GetSender(false)
	if err != nil {
		return atMail, err
	}
	to, err := letter.GetRecipients()
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
	if _, err := letter.WriteTo(body); err != nil {
		return writing, err
	}
	return atEnd, taken(body.Close())
}

// taken leaves out that a server said yes by another number than most.
func taken(err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code/100 == 2 {
		return nil
	}
	return err
}

func (s smtp) client(patience time.Duration) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.server.Port), gomail.WithTimeout(patience)}
	if s.helo != "" {
		options = append(options, gomail.WithHELO(s.helo))
	}
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
		return nil, fault{fate: ours, cause: senderRefused, detail: "mail cannot be sent from this address: look at MAIL_FROM"}
	}
	if err := letter.AddToFormat(m.to.Name, m.to.Address); err != nil {
		return nil, noAddress
	}
	if m.replyTo.Address != "" {
		if err := letter.ReplyToFormat(m.replyTo.Name, m.replyTo.Address); err != nil {
			return nil, fault{fate: ours, cause: contentRefused, detail: "the sender's e-mail address is not one that can be answered to"}
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
