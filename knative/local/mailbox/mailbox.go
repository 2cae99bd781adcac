// Package mailbox is a fake of the mail service for one machine: it takes e-mails as SendGrid's v3 API does, stores
// them, and shows them on a page. No mail leaves it, and it misbehaves on request.
package mailbox

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Kept is how many mails are kept, the newest, unless KeepAtMost says otherwise.
const Kept = 1000

// Options says how a mailbox is made.
type Options struct {
	Dir    string           // where mails are kept, one JSON file each; made if missing
	APIKey string           // the only key that POST /v3/mail/send takes
	Now    func() time.Time // when a mail came in
	Log    *slog.Logger
}

// Mailbox keeps the mails that were sent to it.
type Mailbox struct {
	o Options

	mu     sync.RWMutex
	mails  []Mail // oldest first, without what is attached: that is read from disk when it is asked for
	next   int64  // the number of the next mail
	faults Faults
	asked  int // how often it was given a notification
	met    int // how often somebody met a fault since they were set
	most   int // how many mails are kept
}

// KeepAtMost replaces how many mails are kept.
func (m *Mailbox) KeepAtMost(mails int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = mails
}

// Met is how often a fault happened since Misbehave.
func (m *Mailbox) Met() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.met
}

// Asked is how often a mail was sent to it, accepted or not: for tests that wait for a fault.
func (m *Mailbox) Asked() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.asked
}

// Open makes a mailbox with the mails that its folder holds. A file that cannot be read is skipped and logged.
func Open(o Options) (*Mailbox, error) {
	m := &Mailbox{o: o, most: Kept}
	return m, m.load()
}

// Handler serves the mail service's API at /v3, the mailbox's own at /api and the page.
func (m *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/mail/send", m.send)
	mux.HandleFunc("GET /v3/messages", m.search)
	mux.HandleFunc("GET /api/mails", m.list)
	mux.HandleFunc("GET /api/mails/{id}", m.one)
	mux.HandleFunc("GET /api/mails/{id}/html", m.html)
	mux.HandleFunc("GET /api/mails/{id}/attachments/{n}", m.attachment)
	mux.Handle("GET /", page())
	return mux
}
