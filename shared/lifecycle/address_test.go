package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// toAnas changes a contract's newest notification of a name to ana.
func toAnas(name contract.NotificationKind, change func(l *contract.Notification)) func(*contract.Contract) {
	return func(c *contract.Contract) {
		c.Notifications = clone(*c).Notifications
		l := c.Notification(name, "ana")
		change(l)
		if l.SentAt.IsZero() {
			trouble(c, contract.Trouble{About: AboutNotification(*l), Cause: "mail.address_refused"}, noon)
		}
	}
}

func refusedNotification(l *contract.Notification) {
	l.SentAt, l.Refused = time.Time{}, "no such mailbox"
}
func deferredNotification(l *contract.Notification) {
	l.SentAt, l.NextTry = time.Time{}, noon.Add(time.Hour)
}
func unclearNotification(l *contract.Notification) { l.SentAt, l.UnclearSince = time.Time{}, noon }
func asideNotification(l *contract.Notification) {
	l.SentAt, l.Refused, l.SetAsideAt = time.Time{}, "no such mailbox", noon
}

func TestACorrectedAddressIsWrittenTo(t *testing.T) {
	t.Parallel()
	everyone := []string{contract.ToOwner, "ana", "ben"}
	invited := with(contract.Invitation, true, "ana", "ben")
	signedCopies := with(contract.SignedCopyNotification, true, everyone...)
	for name, row := range map[string]struct {
		c            contract.Contract
		notification string // that goes out then; empty: none
	}{
		"a refused invitation":           {contractAt(contract.Sent, invited, toAnas(contract.Invitation, refusedNotification)), "invitation/1/ana"},
		"one that is tried again":        {contractAt(contract.Sent, invited, toAnas(contract.Invitation, deferredNotification)), "invitation/1/ana"},
		"one that was set aside":         {contractAt(contract.Sent, invited, toAnas(contract.Invitation, asideNotification)), "invitation/1/ana"},
		"one that went to somebody else": {contractAt(contract.Sent, invited), "invitation/2/ana"},
		"one that may have gone out":     {contractAt(contract.Sent, invited, toAnas(contract.Invitation, unclearNotification)), "invitation/2/ana"},
		"a refused reminder":             {contractAt(contract.Sent, invited, with(contract.Reminder, true, "ana"), toAnas(contract.Reminder, refusedNotification)), "reminder/1/ana"},
		"who has signed":                 {contractAt(contract.Sent, invited, signed("ana")), ""},
		"whose turn is to come":          {contractAt(contract.Sent, ordered, with(contract.Invitation, true, "ben"), signed("ben")), ""},
		"while it is being cancelled":    {contractAt(contract.Sent, unwanted, invited), ""},
		"a refused copy":                 {contractAt(contract.Signed, withCopies, signedCopies, toAnas(contract.SignedCopyNotification, refusedNotification)), "signed-copy/1/ana"},
		"a copy that may have gone out":  {contractAt(contract.Signed, withCopies, signedCopies, toAnas(contract.SignedCopyNotification, unclearNotification)), "signed-copy/2/ana"},
		"a copy that went elsewhere":     {contractAt(contract.Signed, withCopies, signedCopies), "signed-copy/2/ana"},
		"before there are copies":        {contractAt(contract.Signed, invited, signed("ana")), ""},
	} {
		c := perform(t, row.c, Request{Action: CorrectAddress, Signer: "ana"})
		var got string
		for _, l := range notificationsToSend(c, noon) {
			if l.Recipient == "ana" {
				got += l.Key()
			}
		}
		if got != row.notification || len(c.Troubles) != 0 || c.Status != row.c.Status {
			t.Errorf("%s: %q goes out, want %q; %s, %+v", name, got, row.notification, c.Status, c.Troubles)
		}
	}
}

// A signed contract whose copy could not be delivered is completed once the copy reaches the corrected address.
func TestACorrectedAddressCompletesTheContract(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*contract.Notification){"refused": refusedNotification, "unclear": unclearNotification} {
		c := contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, true, contract.ToOwner, "ana", "ben"), toAnas(contract.SignedCopyNotification, change))
		c = perform(t, c, Request{Action: CorrectAddress, Signer: "ana"})
		l := c.Notification(contract.SignedCopyNotification, "ana")
		sent := mailed()
		sent.Kind, sent.Sequence = l.Kind, l.Sequence
		if c = after(t, c, sent); c.Status != contract.Completed {
			t.Errorf("%s: %s, %+v", name, c.Status, c.Notifications)
		}
	}
}

func TestOnlyTheOwnerCorrectsTheAddressOfASignerWhileItMatters(t *testing.T) {
	t.Parallel()
	for _, s := range contract.Statuses {
		want := s == contract.Sent || s == contract.Signed
		if no := Authorize(CorrectAddress, contractAt(s), Relation{Owner: true}, noon); (no == nil) != want {
			t.Errorf("in %s: %v", s, no)
		}
	}
	if no := Authorize(CorrectAddress, contractAt(contract.Sent), Relation{Administrator: true, Signer: "ana"}, noon); no == nil || !no.NotYours {
		t.Error("whoever is not its owner may")
	}
	for _, id := range []string{"", "zoe", contract.ToOwner} {
		if _, err := Perform(contractAt(contract.Sent), Request{Action: CorrectAddress, Signer: id}, Relation{Owner: true}, noon); err == nil {
			t.Errorf("the address of %q is corrected", id)
		}
	}
}

// After a correction the reminders go on from the notification that went to the new address.
func TestRemindersFollowTheNewAddress(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, true, "ana"), with(contract.Reminder, true, "ana"))
	c = perform(t, c, Request{Action: CorrectAddress, Signer: "ana"})
	if no := Authorize(Remind, c, Relation{Owner: true}, noon); no == nil {
		t.Error("a reminder goes out beside the new invitation")
	}
	sent := mailed()
	sent.Sequence = 2
	c = after(t, c, sent)
	if got := reminders(c, allReminders, manualInterval, noon.Add(manualInterval)); len(got) != 1 || got[0].Sequence != 2 {
		t.Errorf("a day later: %+v", got)
	}
	if got := reminders(c, allReminders, manualInterval, noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("an hour later: %+v", got)
	}
}
