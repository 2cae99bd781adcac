// Package sendmail sends e-mails: one to one recipient at a time, in the recipient's language. It never
// decides who is written to.
package sendmail

import (
	"fmt"
	"net/url"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Manifest is what send-mail promises.
var Manifest = function.Manifest{
	Name:     "send-mail",
	Consumes: []events.Payload{events.SendMail{}},
	Produces: []events.Payload{events.MailSent{}, events.MailFailed{}, events.MailRefused{}},
	Settings: Settings{},
}

// Settings is what send-mail reads from the environment. Exactly one of SendGridKey and SMTP is set: two ways
// would be two places to look for a mail.
type Settings struct {
	PersistURL   function.URL       `envconfig:"PERSIST_URL" required:"true"`
	FunctionKey  auth.PrivateKeys   `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "send-mail"
	FunctionKeys auth.PublicKeys    `envconfig:"FUNCTION_PUBLIC_KEYS" required:"true"`
	PublicURL    function.URL       `envconfig:"PUBLIC_URL" required:"true"` // of the pages that the notifications link to
	From         transport.Sender   `envconfig:"MAIL_FROM" required:"true"`
	SendGridKey  string             `envconfig:"SENDGRID_API_KEY"`
	SendGridURL  function.URL       `envconfig:"SENDGRID_URL" default:"https://api.sendgrid.com"`
	SearchAfter  Wait               `envconfig:"SENDGRID_SEARCH_AFTER" default:"15m"` // until then its search may not show a notification
	SMTP         transport.Server   `envconfig:"SMTP_URL"`
	Helo         transport.HostName `envconfig:"SMTP_HELO"` // what send-mail calls itself to the mail server
}

// persistTimeout bounds a question to persist, which may have to start first, and the fetching of a document.
const persistTimeout = 20 * time.Second

// New makes the function.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	author, err := auth.NewAuthor(b, s.FunctionKey, s.FunctionKeys)
	if err != nil {
		return nil, err
	}
	transport, err := s.transport(b)
	if err != nil {
		return nil, err
	}
	all, err := readNotifications()
	if err != nil {
		return nil, err
	}
	w := &sender{
		notifications: all, from: s.From, public: s.PublicURL.String(), transport: transport, now: b.Now, log: b.Log, searchAfter: time.Duration(s.SearchAfter),
		persist: &persistclient.Client{
			Address: s.PersistURL.String(),
			HTTP:    function.NewClient(persistTimeout),
			Self:    author,
			Now:     b.Now,
		},
	}
	return &function.Function{Manifest: Manifest, Handle: w.handle, Publisher: b.SigningPublisher(author)}, nil
}

// helo is what send-mail calls itself in EHLO, always with a dot: many servers refuse a name without one (RFC 5321
// §2.3.5), and a pod's own name has none. It is the pages' host, if that is a name, and else the sender's domain.
func (s Settings) helo() string {
	if s.Helo != "" {
		return string(s.Helo)
	}
	if u, err := url.Parse(s.PublicURL.String()); err == nil && transport.IsHostName(u.Hostname()) {
		return u.Hostname()
	}
	return s.From.Domain()
}

// transport picks the way that is configured.
func (s Settings) transport(b function.Boot) (transport.Transport, error) {
	switch {
	case s.SendGridKey != "" && s.SMTP.Host != "":
		return nil, fmt.Errorf("%s: the settings SENDGRID_API_KEY and SMTP_URL exclude each other", b.Name)
	case s.SendGridKey != "":
		return transport.NewSendGrid(s.SendGridURL.String(), s.SendGridKey, b.Now), nil
	case s.SMTP.Host != "":
		return transport.SMTP{Server: s.SMTP, Helo: s.helo(), Now: b.Now}, nil
	}
	return nil, fmt.Errorf("%s: the setting SENDGRID_API_KEY or SMTP_URL is missing", b.Name)
}
