package sendmail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestItStartsWithExactlyOneWayToSendMail sets the environment, so it is not parallel.
func TestItStartsWithExactlyOneWayToSendMail(t *testing.T) {
	key := "send-mail:" + base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	well := map[string]string{
		"PERSIST_URL": "http://persist", "FUNCTION_KEY": key, "FUNCTION_PUBLIC_KEYS": key, "PUBLIC_URL": "https://sign.example.org",
		"MAIL_FROM": "Paraphe <contracts@example.org>", "SENDGRID_API_KEY": "secret-1",
	}
	cases := []struct{ change, want string }{
		{"", ""},
		{"SENDGRID_API_KEY= SMTP_URL=smtp://secret-2@mail.example.org", ""},
		{"SENDGRID_API_KEY=", "send-mail: the setting SENDGRID_API_KEY or SMTP_URL is missing"},
		{"SMTP_URL=smtp://secret-2@mail.example.org", "send-mail: the settings SENDGRID_API_KEY and SMTP_URL exclude each other"},
		{"SENDGRID_API_KEY= SMTP_URL=secret-2", "send-mail: the setting SMTP_URL is malformed: it must be an address, for example smtp://user:password@host:587"},
		{"SENDGRID_API_KEY= SMTP_URL=smtp://mail.example.org SMTP_HELO=sign.example.org", ""},
		{"SMTP_HELO=secret-2", "send-mail: the setting SMTP_HELO is malformed: it must be a host's full name, for example mail.example.org"},
		{"SMTP_HELO=192.0.2.1", "send-mail: the setting SMTP_HELO is malformed: it must be a host's full name, for example mail.example.org"},
		{"MAIL_FROM=", "send-mail: the setting MAIL_FROM is missing"},
		{"MAIL_FROM=contracts@localhost", "send-mail: the setting MAIL_FROM is malformed: the address in it must be an address such as ana@example.org: its domain has no dot"},
		{"MAIL_FROM=secret-2", "send-mail: the setting MAIL_FROM is malformed: it must be a sender, for example Paraphe <contracts@example.org>"},
		{"PERSIST_URL=secret-2", "send-mail: the setting PERSIST_URL is malformed: it must be an address, for example https://example.org"},
		{"FUNCTION_KEY=other:" + strings.TrimPrefix(key, "send-mail:"), `send-mail: the setting FUNCTION_KEY is malformed: the function key must have the id "send-mail", or that and an underscore and a number`},
		{"FUNCTION_PUBLIC_KEYS=", "send-mail: the setting FUNCTION_PUBLIC_KEYS is missing"},
	}
	for _, c := range cases {
		t.Run(c.change, func(t *testing.T) {
			for k, v := range well {
				t.Setenv(k, v)
			}
			for change := range strings.FieldsSeq(c.change) {
				k, v, _ := strings.Cut(change, "=")
				t.Setenv(k, v)
			}
			_, err := New(function.Boot{Name: "send-mail", Now: time.Now, Log: slog.New(slog.DiscardHandler), Lookup: os.LookupEnv})
			if got := fmt.Sprint(err); err == nil && c.want != "" || err != nil && got != c.want {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("the error shows a value or has more than one line: %v", err)
			}
		})
	}
}

// storedFiles is a record that answers every question for a file with that file.
func storedFiles(t *testing.T, files ...[]byte) (*persistclient.Client, []*contract.Document) {
	t.Helper()
	kept := map[string][]byte{}
	var documents []*contract.Document
	for _, f := range files {
		sum := sha256.Sum256(f)
		digest := hex.EncodeToString(sum[:])
		kept[digest] = f
		documents = append(documents, &contract.Document{SHA256: digest, Size: int64(len(f))})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(kept[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]])
	}))
	t.Cleanup(server.Close)
	return &persistclient.Client{Address: server.URL, HTTP: server.Client(), Self: myself(t), Now: time.Now}, documents
}

func TestTheSignedCopyAndItsProofGoWithTheNotificationIfTheyFit(t *testing.T) {
	t.Parallel()
	client, documents := storedFiles(t, []byte("%PDF copy"), []byte("%PDF proof"))
	large := &contract.Document{SHA256: documents[0].SHA256, Size: attachLimit + 1}
	nearly := &contract.Document{SHA256: documents[1].SHA256, Size: attachLimit}
	cases := map[string]struct {
		copy, proof *contract.Document
		want        string
		says        string
	}{
		"both":                    {documents[0], documents[1], "Contract - signed.pdf Contract - proof of signature.pdf", "with the proof of how it was signed"},
		"only the copy fits":      {documents[0], nearly, "Contract - signed.pdf", "The signed copy of your contract is attached to this email."},
		"the copy is too large":   {large, documents[1], "", "too large for an email. You can download it with the button below"},
		"there is no proof (yet)": {documents[0], nil, "Contract - signed.pdf", "is attached"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order := events.SendMail{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: "s1"}
			claim := exampleClaim(order, contract.Signed, "en")
			claim.View.Title, claim.View.SignedCopy, claim.View.Proof = "Contract", c.copy, c.proof
			w := exampleWriter(t)
			w.persist = client
			m, err := w.compose(t.Context(), order, claim)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range m.Files {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("attached %q, want %q", got, c.want)
			}
			if text := strings.Join(strings.Fields(m.Text), " "); !strings.Contains(text, c.says) {
				t.Errorf("the notification does not say %q:\n%s", c.says, m.Text)
			}
		})
	}
}

func TestASignedCopyThatIsNotThereIsNoNotification(t *testing.T) {
	t.Parallel()
	client, documents := storedFiles(t, []byte("%PDF copy"))
	w := exampleWriter(t)
	w.persist = client
	order := events.SendMail{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: contract.ToOwner}
	claim := exampleClaim(order, contract.Signed, "fr")
	if m, err := w.compose(t.Context(), order, claim); err == nil {
		t.Errorf("without a copy it became %+v", m)
	}
	claim.View.SignedCopy = &contract.Document{SHA256: strings.Repeat("0", 64), Size: documents[0].Size}
	if m, err := w.compose(t.Context(), order, claim); err == nil {
		t.Errorf("with a file that is not the one on record it became %+v", m)
	}
}

func TestANotificationHasTheSameIDAtEveryTryAndNoOtherHasIt(t *testing.T) {
	t.Parallel()
	from := transport.Sender{Address: "contracts@paraphe.example"}
	id := messageID("c1", invitation, from)
	if id != messageID("c1", invitation, from) || !strings.HasSuffix(id, "@paraphe.example") {
		t.Errorf("the id is %q and then %q", id, messageID("c1", invitation, from))
	}
	for _, other := range []string{
		messageID("c2", invitation, from), messageID("c1", events.SendMail{Kind: "reminder", Sequence: 1, Recipient: "s1"}, from),
		messageID("c1", events.SendMail{Kind: "invitation", Sequence: 2, Recipient: "s1"}, from),
		messageID("c1", events.SendMail{Kind: "invitation", Sequence: 1, Recipient: "s2"}, from),
	} {
		if other == id {
			t.Errorf("another notification has the id %q too", id)
		}
	}
}

func TestItCallsItselfByANameWithADot(t *testing.T) {
	t.Parallel()
	cases := []struct {
		helo   transport.HostName
		public function.URL
		want   string
	}{
		{"mail.example.org", "https://sign.example.org", "mail.example.org"},
		{"", "https://sign.example.org:8443/pages", "sign.example.org"},
		{"", "http://localhost:8080", "paraphe.example"},
		{"", "http://192.0.2.1", "paraphe.example"},
		{"", "http://[2001:db8::1]:8080", "paraphe.example"},
	}
	for _, c := range cases {
		s := Settings{Helo: c.helo, PublicURL: c.public, From: transport.Sender{Address: "contracts@paraphe.example"}}
		if got := s.helo(); got != c.want {
			t.Errorf("for %q at %s it is %q, want %q", c.helo, c.public, got, c.want)
		}
	}
}
