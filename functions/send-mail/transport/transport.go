// Package transport hands e-mails to the mail service, by SendGrid or by SMTP, and says of one that was not taken whose
// failure that is. It alone speaks to a mail service.
package transport

import (
	"context"
	"time"
)

// SendTimeout bounds one try with the mail service. It is shorter than persist's lease on a notification, so that whoever asks
// afterwards what became of it asks about a try that is over.
const SendTimeout = 25 * time.Second

// Transport hands a mail to the mail service within a timeout. It takes no context: it is not to be stopped half way because
// whoever asked for it went away. Its error is always a Failure.
type Transport interface {
	Send(m Mail, timeout time.Duration) error
}

// Mail is one e-mail to one person, whose every part is fit for its place.
type Mail struct {
	ID         string // what stands in Message-ID, without the angle brackets: the same at every try
	From       Sender
	To         Sender
	ReplyTo    Sender // without an address: none
	Subject    string
	Text       string
	HTML       string
	Files      []File
	CustomArgs map[string]string // what the mail service is to give back with news of this mail: ids only
}

// File is an attached document.
type File struct {
	Name  string
	Bytes []byte
}

// Searcher is a Transport whose mail service can be asked whether it has a mail with these custom arguments.
type Searcher interface {
	Search(ctx context.Context, customArgs map[string]string) (SearchResult, error)
}

// SearchResult is what a search came to. That a mail is not shown means nothing where the service shows only what is older.
type SearchResult struct {
	Found     bool
	NewestAge time.Duration // how old the newest mail is that the search shows, by the service's own clock
	Empty     bool          // it shows no mail at all
}

// Misses reports whether the service surely has no mail that was handed over this long ago: it shows something newer.
func (f SearchResult) Misses(since time.Duration) bool {
	return !f.Found && !f.Empty && f.NewestAge < since
}
