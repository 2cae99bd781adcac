package orchestrate

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// A signer who does nothing is reminded after every such while, so many times. The owner may remind more often by
// hand, up to as many times as Yousign's own reminders could be set to (reminder_settings.max_occurrences).
const (
	reminderInterval   = 3 * 24 * time.Hour
	automaticReminders = 3
	allReminders       = 10
)

// invitations are the letters to those who may sign and were not yet written to: everyone, or, where the order
// counts, the one whose turn it is.
func invitations(c contract.Contract) []contract.Letter {
	var letters []contract.Letter
	for _, s := range c.Signers {
		if maySignNow(c, s.ID) && c.Letter(contract.Invitation, s.ID) == nil {
			letters = append(letters, contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: s.ID})
		}
	}
	return letters
}

// dueReminders are the letters to those who were last written to long ago.
func dueReminders(c contract.Contract, now time.Time) []contract.Letter {
	var letters []contract.Letter
	for _, l := range reminders(c, automaticReminders) {
		if now.Sub(lastAsked(c, l.Recipient).SentAt) >= reminderInterval {
			letters = append(letters, l)
		}
	}
	return letters
}

// reminders are the next letters to all who were asked and have not answered, except those who had most of them
// already and those to whom a letter is on its way.
func reminders(c contract.Contract, most int) []contract.Letter {
	var letters []contract.Letter
	for _, s := range c.Signers {
		last := lastAsked(c, s.ID)
		if last == nil || last.SentAt.IsZero() || !maySignNow(c, s.ID) {
			continue
		}
		next := contract.Letter{Name: contract.Reminder, Occasion: 1, Recipient: s.ID}
		if last.Name == contract.Reminder {
			next.Occasion = last.Occasion + 1
		}
		if next.Occasion <= most {
			letters = append(letters, next)
		}
	}
	return letters
}

// lastAsked is the newest letter that asked this signer to sign, or nil.
func lastAsked(c contract.Contract, signer string) *contract.Letter {
	if reminder := c.Letter(contract.Reminder, signer); reminder != nil {
		return reminder
	}
	return c.Letter(contract.Invitation, signer)
}

// copies are the letters with the signed copy: to the owner and to everyone who signed.
func copies(c contract.Contract) []contract.Letter {
	letters := []contract.Letter{{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		letters = append(letters, contract.Letter{Name: contract.SignedCopyLetter, Occasion: 1, Recipient: s.ID})
	}
	return letters
}

// notices are the letters that say that it is over: to the owner and to those who had an invitation. Whoever was
// never written to does not learn that there was a contract.
func notices(c contract.Contract, name contract.LetterName) []contract.Letter {
	letters := []contract.Letter{{Name: name, Occasion: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		if l := c.Letter(contract.Invitation, s.ID); l != nil && !l.SentAt.IsZero() {
			letters = append(letters, contract.Letter{Name: name, Occasion: 1, Recipient: s.ID})
		}
	}
	return letters
}

// toWrite are the outstanding letters that still make sense: nobody is asked to sign what they cannot sign any more.
func toWrite(c contract.Contract) []contract.Letter {
	var letters []contract.Letter
	for _, l := range c.Letters {
		asks := l.Name == contract.Invitation || l.Name == contract.Reminder
		if l.Outstanding() && (!asks || mayBeAsked(c, l.Recipient)) {
			letters = append(letters, l)
		}
	}
	return letters
}

// mayBeAsked is asked again when a letter is ordered: since it was decided on, its reader may have signed, or its
// contract may be over.
func mayBeAsked(c contract.Contract, signer string) bool {
	return c.Status == contract.Sent && !c.CancelWanted && maySignNow(c, signer)
}

// copiesDecided reports whether signed copy and proof are on record and it was decided to mail them to everyone.
func copiesDecided(c contract.Contract) bool {
	if c.SignedCopy == nil || c.Proof == nil {
		return false
	}
	for _, l := range copies(c) {
		if c.Letter(l.Name, l.Recipient) == nil {
			return false
		}
	}
	return true
}

// everyCopySent counts a copy that the mail service refused as not sent: a contract is completed only when everyone
// has what they signed, and until then its owner is shown what is missing.
func everyCopySent(c contract.Contract) bool {
	for _, l := range c.Letters {
		if l.Name == contract.SignedCopyLetter && l.SentAt.IsZero() {
			return false
		}
	}
	return true
}
