package sendmail

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// strict is a SendGrid that takes nothing which the real one would not.
func strict(t *testing.T) (sendGrid, func() []mailbox.Mail) {
	t.Helper()
	carrier, arrived, _ := stocked(t)
	return carrier, arrived
}

// stocked is strict, and can be told to misbehave.
func stocked(t *testing.T) (sendGrid, func() []mailbox.Mail, *mailbox.Mailbox) {
	t.Helper()
	box, err := mailbox.Open(mailbox.Options{Dir: t.TempDir(), APIKey: "key", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	return newSendGrid(server.URL, "key", time.Now), func() []mailbox.Mail {
		answer, err := http.Get(server.URL + "/api/mails")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var list struct{ Items []mailbox.Mail }
		if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		return list.Items
	}, box
}

func TestAMailArrivesAsItWasSent(t *testing.T) {
	t.Parallel()
	carrier, arrived := strict(t)
	if err := carrier.carry(exampleMail(), sendTimeout); err != nil {
		t.Fatal(err)
	}
	mails := arrived()
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived, want 1", len(mails))
	}
	m, want := mails[0], exampleMail()
	if m.To != want.to.Address || m.ToName != want.to.Name || m.From != want.from.Address || m.ReplyTo != want.replyTo.Address ||
		m.Subject != want.subject || m.Text != want.text || m.HTML != want.html || m.Headers["Message-ID"] != "<id1@paraphe.example>" {
		t.Errorf("arrived as %+v", m)
	}
	if m.CustomArgs["contract"] != "c1" || m.CustomArgs["letter"] != "signed-copy" || m.CustomArgs["occasion"] != "1" || m.CustomArgs["recipient"] != "s1" {
		t.Errorf("the letter's identity arrived as %v", m.CustomArgs)
	}
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "Été - signé.pdf" || m.Attachments[1].Size != len("%PDF-1.7 proof") {
		t.Errorf("attached: %+v", m.Attachments)
	}
	if !slices.Equal(m.Links, []string{"https://x.example/sign#s"}) {
		t.Errorf("its links: %v", m.Links)
	}
}

// hostile is what somebody might write into a name or a title to get into the header of a mail.
var hostile = []string{
	"a\r\nBcc: all@example.org", "a\nBcc: all@example.org", "a\rBcc: all@example.org", "a\x00b", "a\u0085Bcc: b", "a\u2028Bcc: b",
	"a\u2029Bcc: b", "a\vb\fc", "a\r\n\r\n<script>alert(1)</script>", "=?utf-8?q?a=0D=0ABcc:_b?=", "a, b@example.org", "a; b@example.org",
	"<b@example.org>", `"a" <b@example.org>`, "group: a@example.org, b@example.org;", "a (comment)", "a\\", `a"`, "a\u202eb", "a\u200bb",
	"\ufeffa", "a\xff\xfeb", "\x1b[31m", "a\tb", "\u00a0", "", "%0d%0aBcc: b", "{{.Link}}", "<%asm_group_unsubscribe_url%>", "-name-",
}

func TestNoNameOrTitleReachesAHeaderAsMoreThanText(t *testing.T) {
	t.Parallel()
	carrier, arrived := strict(t)
	w := exampleWriter(t)
	for _, evil := range hostile {
		c := exampleClaim(invitation, contract.Sent, "en")
		c.View.Title, c.View.OwnerName, c.Contact.FirstName = evil, evil, evil
		m, err := w.compose(t.Context(), invitation, c)
		if err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		if err := carrier.carry(m, sendTimeout); err != nil {
			t.Errorf("%q is not taken: %v", evil, err)
		}
	}
	for _, m := range arrived() {
		if m.To != "zoe@example.org" || m.From != "contracts@paraphe.example" || m.ReplyTo != "camille@company.example" {
			t.Errorf("a mail went from %s to %s, replies to %s", m.From, m.To, m.ReplyTo)
		}
		if oneLine(m.Subject, subjectLimit) != m.Subject || displayName(m.ToName) != m.ToName {
			t.Errorf("subject %q, name %q", m.Subject, m.ToName)
		}
	}
	if n := len(arrived()); n != len(hostile) {
		t.Errorf("%d mails arrived, want %d", n, len(hostile))
	}
}

func TestNothingGoesToWhatIsNoPlainAddress(t *testing.T) {
	t.Parallel()
	carrier, arrived := strict(t)
	w := exampleWriter(t)
	w.carrier = carrier
	addresses := []string{
		"", "zoe", "zoe@", "@example.org", "zoe@example", "zoe@@example.org", "zoe@example.org,a@example.org", "zoe@example.org;a@example.org",
		"zoe@example.org\r\nBcc: a@example.org", "zoe@example.org\x00", "zoe\u2028@example.org", " zoe@example.org", "zoe@example.org ",
		"<zoe@example.org>", "Zoe <zoe@example.org>", `"zoe b"@example.org`, "zoe(comment)@example.org", "zoe@[127.0.0.1]", "zoe@127.0.0.1",
		"zoë@example.org", "zoe@exämple.org", "zoe..b@example.org", ".zoe@example.org", "zoe.@example.org", "zoe@-example.org", "zoe@example-.org",
		"=?utf-8?q?zoe?=@example.org?", "group:zoe@example.org;",
	}
	for _, address := range addresses {
		c := exampleClaim(events.SendMail{Recipient: "s1"}, contract.Sent, "en")
		c.Contact = persistclient.Person{Email: address}
		if m, err := w.compose(t.Context(), invitation, c); err == nil {
			t.Errorf("%q became a mail to %q", address, m.to.Address)
		}
	}
	if mails := arrived(); len(mails) != 0 {
		t.Errorf("arrived: %+v", mails)
	}
}
