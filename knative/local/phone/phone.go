// Package phone plays every mobile phone there is: it keeps the text messages that were "sent", shows them on a page
// and gives them to programs. It alone shows codes to people on this machine.
package phone

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/paraphe/paraphe/knative/local/atomicfile"
)

// limit is how many messages are kept; the oldest go first.
const limit = 500

// Options is what a phone is made from.
type Options struct {
	Dir string // where the messages are kept
	Now func() time.Time
}

// Message is one text message. Code is the one-time code in its text, if it has one.
type Message struct {
	At   time.Time `json:"at"`
	To   string    `json:"to"` // E.164
	Text string    `json:"text"`
	Code string    `json:"code"`
}

// Phone is safe for use by many at once.
type Phone struct {
	path string
	now  func() time.Time

	mu       sync.Mutex
	messages []Message // the oldest first
}

// Open reads the messages that were kept in Options.Dir.
func Open(o Options) (*Phone, error) {
	p := &Phone{path: filepath.Join(o.Dir, "messages.json"), now: o.Now}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the phone's folder: %w", err)
	}
	text, err := os.ReadFile(p.path)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the phone's messages: %w", err)
	}
	if err := json.Unmarshal(text, &p.messages); err != nil {
		return nil, fmt.Errorf("read the phone's messages in %s: %w", p.path, err)
	}
	return p, nil
}

// Deliver is the SMS network: it keeps a message for a number. A message that cannot be written down is still shown
// until the phone is closed, as no network reports more.
func (p *Phone) Deliver(number, text, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, Message{At: p.now().UTC(), To: number, Text: text, Code: code})
	if over := len(p.messages) - limit; over > 0 {
		p.messages = slices.Delete(p.messages, 0, over)
	}
	_ = atomicfile.WriteJSON(p.path, p.messages)
}

// Messages lists the messages to a number, or all of them if it is empty, the newest first.
func (p *Phone) Messages(to string) []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Message, 0, len(p.messages))
	for _, m := range slices.Backward(p.messages) {
		if to == "" || m.To == to {
			list = append(list, m)
		}
	}
	return list
}

// Handler serves the page at / and the messages as JSON at /api/messages, of one number with ?to=.
func (p *Phone) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.show)
	mux.HandleFunc("GET /style.css", file("style.css"))
	mux.HandleFunc("GET /icon.svg", file("icon.svg"))
	mux.HandleFunc("GET /api/messages", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(p.Messages(r.URL.Query().Get("to"))) // the reader may be gone
	})
	return mux
}
