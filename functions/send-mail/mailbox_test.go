package sendmail

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/internal/testkit/mailboxtest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// hostile is what somebody might write into a name or a title to get into the header of a mail.
var hostile = []string{
	"a\r\nBcc: all@example.org", "a\nBcc: all@example.org", "a\rBcc: all@example.org", "a\x00b", "a\u0085Bcc: b", "a\u2028Bcc: b",
	"a\u2029Bcc: b", "a\vb\fc", "a\r\n\r\n<script>alert(1)</script>", "=?utf-8?q?a=0D=0ABcc:_b?=", "a, b@example.org", "a; b@example.org",
	"<b@example.org>", `"a" <b@example.org>`, "group: a@example.org, b@example.org;", "a (comment)", "a\\", `a"`, "a\u202eb", "a\u200bb",
	"\ufeffa", "a\xff\xfeb", "\x1b[31m", "a\tb", "\u00a0", "", "%0d%0aBcc: b", "{{.Link}}", "<%asm_group_unsubscribe_url%>", "-name-",
}

func TestNoNameOrTitleReachesAHeaderAsMoreThanText(t *testing.T) {
	t.Parallel()
	server := mailboxtest.Start(t)
	sendGrid := transport.NewSendGrid(server.URL, mailboxtest.APIKey, time.Now)
	w := exampleWriter(t)
	for _, evil := range hostile {
		c := exampleClaim(invitation, contract.Sent, "en")
		c.View.Title, c.View.OwnerName, c.Contact.FirstName = evil, evil, evil
		m, err := w.compose(t.Context(), invitation, c)
		if err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		if err := sendGrid.Send(m, transport.SendTimeout); err != nil {
			t.Errorf("%q is not taken: %v", evil, err)
		}
	}
	for _, m := range server.Mails(t) {
		if m.To != "zoe@example.org" || m.From != "contracts@paraphe.example" || m.ReplyTo != "camille@company.example" {
			t.Errorf("a mail went from %s to %s, replies to %s", m.From, m.To, m.ReplyTo)
		}
		if transport.OneLine(m.Subject, subjectLimit) != m.Subject || transport.DisplayName(m.ToName) != m.ToName {
			t.Errorf("subject %q, name %q", m.Subject, m.ToName)
		}
	}
	if n := len(server.Mails(t)); n != len(hostile) {
		t.Errorf("%d mails arrived, want %d", n, len(hostile))
	}
}

func TestNothingGoesToWhatIsNoPlainAddress(t *testing.T) {
	t.Parallel()
	server := mailboxtest.Start(t)
	sendGrid := transport.NewSendGrid(server.URL, mailboxtest.APIKey, time.Now)
	w := exampleWriter(t)
	w.transport = sendGrid
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
			t.Errorf("%q became a mail to %q", address, m.To.Address)
		}
	}
	if mails := server.Mails(t); len(mails) != 0 {
		t.Errorf("arrived: %+v", mails)
	}
}
