package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// troubled has two notifications that were refused, each for its own cause, one that is unclear, and a fault of the installation.
func troubled() contract.Contract {
	return contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, false, contract.ToOwner, "ana", "ben"), func(c *contract.Contract) {
		c.Notifications[0].Refused, c.Notifications[1].Refused, c.Notifications[2].UnclearSince = "x", "y", noon
		c.Troubles = []contract.Trouble{
			{About: "mail/signed-copy/1/owner", Cause: "mail.too_large", Since: noon},
			{About: "mail/signed-copy/1/ana", Cause: "mail.address_refused", Since: noon},
			{About: "mail/signed-copy/1/ben", Cause: CauseMailUnclear, Since: noon},
			{About: AboutSignature, Cause: "signature.unauthorized", Since: noon, Ours: true},
		}
	})
}

// What is done for one cause leaves everything else about the contract alone.
func TestRetryAndSetAsideOfACauseAreAboutThatCause(t *testing.T) {
	t.Parallel()
	c := perform(t, troubled(), Request{Action: Retry, Cause: "mail.address_refused"})
	if len(c.Troubles) != 3 || !c.Notifications[1].Outstanding() || c.Notifications[0].Outstanding() {
		t.Errorf("tried again: %+v, %+v", c.Notifications, c.Troubles)
	}
	c = perform(t, troubled(), Request{Action: Retry, Cause: CauseMailUnclear})
	if len(c.Troubles) != 4 || c.Notifications[2].Outstanding() {
		t.Errorf("what may have gone out is sent again: %+v", c.Notifications[2])
	}
	c = perform(t, troubled(), Request{Action: SetAside, Cause: "mail.too_large"})
	if len(Open(c)) != 3 || c.Notifications[0].SetAsideAt.IsZero() || !c.Notifications[1].SetAsideAt.IsZero() {
		t.Errorf("set aside: %+v, %+v", c.Notifications, c.Troubles)
	}
	for _, action := range []Action{Retry, SetAside} {
		if _, err := Perform(troubled(), Request{Action: action, Cause: "mail.mailbox_full"}, Relation{Owner: true}, noon); err == nil {
			t.Errorf("%s for a cause that is not there", action)
		}
	}
	if late := perform(t, troubled(), Request{Action: Retry, Cause: CauseOverdue}); len(late.Troubles) != 4 {
		t.Errorf("a look at what is overdue ends %+v", late.Troubles)
	}
}

func TestTheOwnerLearnsWhenTheNextReminderMayGoOut(t *testing.T) {
	t.Parallel()
	tenDaysAgo := noon.AddDate(0, 0, -10)
	asked := contractAt(contract.Sent, with(contract.Invitation, true, "ana", "ben"))
	recent := asked
	recent.Notifications = append([]contract.Notification{{Kind: contract.Reminder, Sequence: 1, Recipient: "ana", SentAt: noon}}, asked.Notifications...)
	for name, row := range map[string]struct {
		c          contract.Contract
		last, next time.Time
	}{
		"both were asked long ago":       {asked, tenDaysAgo, tenDaysAgo.Add(manualInterval)},
		"one was reminded today":         {recent, noon, tenDaysAgo.Add(manualInterval)},
		"the other has signed":           {withSigned(recent, "ben"), noon, noon.Add(manualInterval)},
		"the notification is on its way": {contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")), time.Time{}, time.Time{}},
		"while it is being cancelled":    {contractAt(contract.Sent, unwanted, with(contract.Invitation, true, "ana")), time.Time{}, time.Time{}},
		"when everyone has signed":       {contractAt(contract.Signed, with(contract.Invitation, true, "ana")), time.Time{}, time.Time{}},
		"when each was often reminded":   {often(asked), noon, time.Time{}},
	} {
		if last, next := NextReminder(row.c); !last.Equal(row.last) || !next.Equal(row.next) {
			t.Errorf("%s: last %s, next %s", name, last, next)
		}
	}
}

func withSigned(c contract.Contract, id string) contract.Contract {
	c = clone(c)
	c.Signer(id).State = contract.HasSigned
	return c
}

func often(c contract.Contract) contract.Contract {
	c = clone(c)
	for _, id := range []string{"ana", "ben"} {
		c.Notifications = append(c.Notifications, contract.Notification{Kind: contract.Reminder, Sequence: allReminders, Recipient: id, SentAt: noon})
	}
	return c
}
