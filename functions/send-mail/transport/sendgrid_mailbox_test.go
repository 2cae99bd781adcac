package transport

import (
	"slices"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/mailboxtest"
)

// strict is a SendGrid that takes nothing which the real one would not.
func strict(t *testing.T) (SendGrid, *mailboxtest.Server) {
	t.Helper()
	server := mailboxtest.Start(t)
	return NewSendGrid(server.URL, mailboxtest.APIKey, time.Now), server
}

func TestAMailArrivesAsItWasSent(t *testing.T) {
	t.Parallel()
	transport, server := strict(t)
	if err := transport.Send(exampleMail(), SendTimeout); err != nil {
		t.Fatal(err)
	}
	mails := server.Mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived, want 1", len(mails))
	}
	m, want := mails[0], exampleMail()
	if m.To != want.To.Address || m.ToName != want.To.Name || m.From != want.From.Address || m.ReplyTo != want.ReplyTo.Address ||
		m.Subject != want.Subject || m.Text != want.Text || m.HTML != want.HTML || m.Headers["Message-ID"] != "<id1@paraphe.example>" {
		t.Errorf("arrived as %+v", m)
	}
	if m.CustomArgs["contract"] != "c1" || m.CustomArgs["kind"] != "signed-copy" || m.CustomArgs["sequence"] != "1" || m.CustomArgs["recipient"] != "s1" {
		t.Errorf("the notification's identity arrived as %v", m.CustomArgs)
	}
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "Été - signé.pdf" || m.Attachments[1].Size != len("%PDF-1.7 proof") {
		t.Errorf("attached: %+v", m.Attachments)
	}
	if !slices.Equal(m.Links, []string{"https://x.example/sign#s"}) {
		t.Errorf("its links: %v", m.Links)
	}
}
