package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// letter changes a contract's newest letter of a name to ana.
func toAnas(name contract.LetterName, change func(l *contract.Letter)) func(*contract.Contract) {
	return func(c *contract.Contract) {
		c.Letters = clone(*c).Letters
		l := c.Letter(name, "ana")
		change(l)
		if l.SentAt.IsZero() {
			trouble(c, contract.Trouble{About: AboutLetter(*l), Cause: "mail.address_refused"}, noon)
		}
	}
}

func refusedLetter(l *contract.Letter)  { l.SentAt, l.Refused = time.Time{}, "no such mailbox" }
func deferredLetter(l *contract.Letter) { l.SentAt, l.NextTry = time.Time{}, noon.Add(time.Hour) }
func unclearLetter(l *contract.Letter)  { l.SentAt, l.UnclearSince = time.Time{}, noon }
func asideLetter(l *contract.Letter) {
	l.SentAt, l.Refused, l.SetAsideAt = time.Time{}, "no such mailbox", noon
}

func TestACorrectedAddressIsWrittenTo(t *testing.T) {
	t.Parallel()
	everyone := []string{contract.ToOwner, "ana", "ben"}
	invited := with(contract.Invitation, true, "ana", "ben")
	signedCopies := with(contract.SignedCopyLetter, true, everyone...)
	for name, row := range map[string]struct {
		c      contract.Contract
		letter string // that goes out then; empty: none
	}{
		"a refused invitation":           {contractAt(contract.Sent, invited, toAnas(contract.Invitation, refusedLetter)), "invitation/1/ana"},
		"one that is tried again":        {contractAt(contract.Sent, invited, toAnas(contract.Invitation, deferredLetter)), "invitation/1/ana"},
		"one that was set aside":         {contractAt(contract.Sent, invited, toAnas(contract.Invitation, asideLetter)), "invitation/1/ana"},
		"one that went to somebody else": {contractAt(contract.Sent, invited), "invitation/2/ana"},
		"one that may have gone out":     {contractAt(contract.Sent, invited, toAnas(contract.Invitation, unclearLetter)), "invitation/2/ana"},
		"a refused reminder":             {contractAt(contract.Sent, invited, with(contract.Reminder, true, "ana"), toAnas(contract.Reminder, refusedLetter)), "reminder/1/ana"},
		"who has signed":                 {contractAt(contract.Sent, invited, signed("ana")), ""},
		"whose turn is to come":          {contractAt(contract.Sent, ordered, with(contract.Invitation, true, "ben"), signed("ben")), ""},
		"while it is being cancelled":    {contractAt(contract.Sent, unwanted, invited), ""},
		"a refused copy":                 {contractAt(contract.Signed, withCopies, signedCopies, toAnas(contract.SignedCopyLetter, refusedLetter)), "signed-copy/1/ana"},
		"a copy that may have gone out":  {contractAt(contract.Signed, withCopies, signedCopies, toAnas(contract.SignedCopyLetter, unclearLetter)), "signed-copy/2/ana"},
		"a copy that went elsewhere":     {contractAt(contract.Signed, withCopies, signedCopies), "signed-copy/2/ana"},
		"before there are copies":        {contractAt(contract.Signed, invited, signed("ana")), ""},
	} {
		c := perform(t, row.c, Request{Action: CorrectAddress, Signer: "ana"})
		var got string
		for _, l := range lettersToSend(c, noon) {
			if l.Recipient == "ana" {
				got += l.Key()
			}
		}
		if got != row.letter || len(c.Troubles) != 0 || c.Status != row.c.Status {
			t.Errorf("%s: %q goes out, want %q; %s, %+v", name, got, row.letter, c.Status, c.Troubles)
		}
	}
}

// A signed contract whose copy could not be delivered is completed once the copy reaches the corrected address.
func TestACorrectedAddressCompletesTheContract(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*contract.Letter){"refused": refusedLetter, "unclear": unclearLetter} {
		c := contractAt(contract.Signed, withCopies, with(contract.SignedCopyLetter, true, contract.ToOwner, "ana", "ben"), toAnas(contract.SignedCopyLetter, change))
		c = perform(t, c, Request{Action: CorrectAddress, Signer: "ana"})
		l := c.Letter(contract.SignedCopyLetter, "ana")
		sent := mailed()
		sent.Letter, sent.Occasion = l.Name, l.Occasion
		if c = after(t, c, sent); c.Status != contract.Completed {
			t.Errorf("%s: %s, %+v", name, c.Status, c.Letters)
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

// After a correction the reminders go on from the letter that went to the new address.
func TestRemindersFollowTheNewAddress(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Sent, with(contract.Invitation, true, "ana"), with(contract.Reminder, true, "ana"))
	c = perform(t, c, Request{Action: CorrectAddress, Signer: "ana"})
	if no := Authorize(Remind, c, Relation{Owner: true}, noon); no == nil {
		t.Error("a reminder goes out beside the new invitation")
	}
	sent := mailed()
	sent.Occasion = 2
	c = after(t, c, sent)
	if got := reminders(c, allReminders, manualInterval, noon.Add(manualInterval)); len(got) != 1 || got[0].Occasion != 2 {
		t.Errorf("a day later: %+v", got)
	}
	if got := reminders(c, allReminders, manualInterval, noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("an hour later: %+v", got)
	}
}
