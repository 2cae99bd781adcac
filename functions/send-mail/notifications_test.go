package sendmail

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var update = flag.Bool("update", false, "write the golden files anew")

// everyNotification is every notification that may be ordered, with the status that a contract then has.
var everyNotification = []struct {
	name   contract.NotificationKind
	status contract.Status
	owner  bool
}{
	{contract.Invitation, contract.Sent, false},
	{contract.Reminder, contract.Sent, false},
	{contract.SignedCopyNotification, contract.Signed, true},
	{contract.DeclinedNotice, contract.Declined, true},
	{contract.ExpiredNotice, contract.Expired, true},
	{contract.CancelledNotice, contract.Cancelled, true},
	{contract.LateSignature, contract.Cancelled, true},
}

// exampleClaim is a contract of two signers, with letters of every kind of accent and sign in their names.
func exampleClaim(order events.SendMail, status contract.Status, language string) persistclient.Claim {
	people := []persistclient.Person{
		{ID: "s1", FirstName: "Zoë", LastName: "Žižek-O'Neill", Email: "zoe@example.org", Phone: "+33600000142", Locale: language},
		{ID: "s2", FirstName: "Åsa", LastName: "Nørgård", Email: "asa@example.org", Phone: "+4520000007", Locale: language},
	}
	v := persistclient.View{
		Contract: contract.Contract{
			ID: "abcdefghijklmnopqrstuvwxyz", Status: status, Language: language, Deadline: time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC),
			Signers: []contract.Signer{{ID: "s1", State: contract.Invited}, {ID: "s2", State: contract.HasSigned}},
		},
		Title: "Website & shop — “Fleurs d'Été” <2027>", People: people, OwnerName: "Camille Dubois", OwnerEmail: "camille@company.example",
	}
	switch status {
	case contract.Signed:
		v.Signers[0].State = contract.HasSigned
	case contract.Declined:
		v.Signers[0].State = contract.HasDeclined
	}
	if order.Kind == contract.LateSignature {
		v.Signers[0].State = contract.HasSigned
	}
	claim := persistclient.Claim{State: persistclient.Yours, View: v, Contact: people[0], Link: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"}
	if order.Recipient == contract.ToOwner {
		claim.Contact, claim.Link = persistclient.Person{LastName: "Camille Dubois", Email: "camille@company.example", Locale: language}, ""
	}
	return claim
}

func exampleWriter(t *testing.T) *sender {
	t.Helper()
	all, err := readNotifications()
	if err != nil {
		t.Fatal(err)
	}
	return &sender{notifications: all, from: transport.Sender{Name: "Paraphe", Address: "contracts@paraphe.example"}, public: "https://sign.example.org"}
}

func TestNotificationsAreGolden(t *testing.T) {
	t.Parallel()
	w := exampleWriter(t)
	for _, l := range everyNotification {
		for _, recipient := range []string{"s1", contract.ToOwner} {
			if recipient == contract.ToOwner && !l.owner {
				continue
			}
			for _, language := range []string{"en", "fr"} {
				name := fmt.Sprintf("%s.%s.%s", l.name, map[bool]string{true: "owner", false: "signer"}[recipient == contract.ToOwner], language)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					order := events.SendMail{Kind: l.name, Sequence: 1, Recipient: recipient}
					subject, plain, html := written(t, w, order, exampleClaim(order, l.status, language), nil)
					golden(t, name+".txt", "Subject: "+subject+"\n\n"+plain)
					golden(t, name+".html", html)
				})
			}
		}
	}
}

// written fills a notification in as compose does; what says that everyone signed has both documents with it unless files says
// otherwise.
func written(t *testing.T, w *sender, order events.SendMail, c persistclient.Claim, files []transport.File) (subject, plain, html string) {
	t.Helper()
	l, found := w.notifications.find(order, c.Contact.Locale)
	if !found {
		t.Fatalf("there is no notification %+v", order)
	}
	if files == nil && (order.Kind == contract.SignedCopyNotification || order.Kind == contract.LateSignature) {
		files = []transport.File{{Name: "copy.pdf"}, {Name: "proof.pdf"}}
	}
	subject, plain, html, err := l.write(w.values(order, c, l.language, files))
	if err != nil {
		t.Fatal(err)
	}
	return subject, plain, html
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from the golden file; look at it and run with -update\n%s", name, strings.TrimSpace(got))
	}
}
