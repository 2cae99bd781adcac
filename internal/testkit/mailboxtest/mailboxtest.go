// Package mailboxtest serves the fake mail service to a test: the one that takes nothing which SendGrid would not take.
package mailboxtest

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/mailbox"
)

// APIKey is the key that the service accepts.
const APIKey = "key"

// Server is a fake mail service that ends with its test.
type Server struct {
	URL string
	Box *mailbox.Mailbox // can be told to misbehave
}

// Start serves an empty mailbox.
func Start(t *testing.T) *Server {
	t.Helper()
	box, err := mailbox.Open(mailbox.Options{Dir: t.TempDir(), APIKey: APIKey, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	return &Server{URL: server.URL, Box: box}
}

// Mails lists what the service has taken.
func (s *Server) Mails(t *testing.T) []mailbox.Mail {
	t.Helper()
	answer, err := http.Get(s.URL + "/api/mails")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Items []mailbox.Mail }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}
