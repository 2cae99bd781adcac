package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

func TestAFaultOfTheInstallationIsOverWithTheFirstSuccess(t *testing.T) {
	t.Parallel()
	unheard := after(t, contractAt(contract.Sent), events.SignatureFailed{Attempt: 1, Act: "look", Cause: "signature.unauthorized", Ours: true})
	unmailed := after(t, contractAt(contract.Sent, with(contract.Invitation, false, "ana")), mailFailure("mail.unauthorized", true, false))
	refused := after(t, contractAt(contract.Sent), events.SignatureFailed{Attempt: 1, Act: "look", Cause: "signature.rejected"})
	answered := events.SignatureChecked{Attempt: 1, State: events.SignatureOngoing}
	for name, row := range map[string]struct {
		c    contract.Contract
		fact events.Payload
		want string
	}{
		"an answer of the service":                 {unheard, answered, "signature"},
		"an answer, where nothing was ours":        {refused, answered, ""},
		"an answer, where nothing was wrong":       {contractAt(contract.Sent), answered, ""},
		"another failure":                          {unheard, events.SignatureFailed{Attempt: 1, Act: "look", Cause: "signature.rejected"}, ""},
		"a notification that went out":             {unmailed, mailed(), "mail"},
		"a notification that was refused for good": {unmailed, mailRefusedOf(events.SendMail{Kind: contract.Invitation, Sequence: 1, Recipient: "ana"}), ""},
		"an answer of the service, meanwhile":      {unmailed, answered, ""},
	} {
		n, err := Apply(row.c, onRecord, row.fact, noon)
		if err != nil {
			t.Fatal(err)
		}
		if got := FaultOver(row.c, n.After, row.fact); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestOnlyNotificationsThatWaitForAFaultOfOursAreFreed(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben"))
	c = after(t, c, mailFailure("mail.unauthorized", true, false))
	c = after(t, c, events.MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: "ben", Cause: "mail.mailbox_full"})
	n := Freed(c, noon.Add(time.Minute))
	if !n.Written || !n.After.Notifications[0].NextTry.IsZero() || n.After.Notifications[1].NextTry.IsZero() || len(n.After.Troubles) != 2 {
		t.Errorf("%+v", n.After.Notifications)
	}
	if again := Freed(n.After, noon); again.Written {
		t.Error("freed twice")
	}
}
