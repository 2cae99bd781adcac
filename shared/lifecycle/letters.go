package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// A signer who does nothing is reminded after every such while, so many times. The owner may remind more often by
// hand, once a day, up to as many times as Yousign's own reminders could be set to (reminder_settings.max_occurrences).
const (
	reminderInterval   = 3 * 24 * time.Hour
	manualInterval     = 24 * time.Hour
	automaticReminders = 3
	allReminders       = 10
)

// invitations are the letters to those who may sign and were not yet written to: everyone, or, where the order
// counts, the one whose turn it is.
func invitations(c contract.Contract) []contract.Letter {
	var letters []contract.Letter
	for _, s := range c.Signers {
		if MaySignNow(c, s.ID) && c.Letter(contract.Invitation, s.ID) == nil {
			letters = append(letters, contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: s.ID})
		}
	}
	return letters
}

// reminders are the next letters to all who were asked this long ago and have not answered, except those who had most
// of them already and those to whom a letter is on its way.
func reminders(c contract.Contract, most int, after time.Duration, now time.Time) []contract.Letter {
	var letters []contract.Letter
	for _, s := range c.Signers {
		last := lastAsked(c, s.ID)
		if last == nil || last.SentAt.IsZero() || now.Sub(last.SentAt) < after || !MaySignNow(c, s.ID) {
			continue
		}
		next := contract.Letter{Name: contract.Reminder, Occasion: 1, Recipient: s.ID}
		if before := c.Letter(contract.Reminder, s.ID); before != nil {
			next.Occasion = before.Occasion + 1
		}
		if next.Occasion <= most {
			letters = append(letters, next)
		}
	}
	return letters
}

// dueReminders are the letters to those who were last written to long ago.
func dueReminders(c contract.Contract, now time.Time) []contract.Letter {
	return reminders(c, automaticReminders, reminderInterval, now)
}

// lastAsked is the newest letter that asked this signer to sign, or nil. One that is not sent is newer than any other: an
// invitation may follow reminders, if it goes to another address.
func lastAsked(c contract.Contract, signer string) *contract.Letter {
	invitation, reminder := c.Letter(contract.Invitation, signer), c.Letter(contract.Reminder, signer)
	switch {
	case invitation == nil || reminder == nil:
		return cmp.Or(reminder, invitation)
	case invitation.SentAt.IsZero(), !reminder.SentAt.IsZero() && reminder.SentAt.Before(invitation.SentAt):
		return invitation
	}
	return reminder
}

// toEveryone are letters of one name to the owner and to every signer.
func toEveryone(c contract.Contract, name contract.LetterName) []contract.Letter {
	letters := []contract.Letter{{Name: name, Occasion: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		letters = append(letters, contract.Letter{Name: name, Occasion: 1, Recipient: s.ID})
	}
	return letters
}

// copies are the letters with the signed copy: to the owner and to everyone who signed.
func copies(c contract.Contract) []contract.Letter { return toEveryone(c, contract.SignedCopyLetter) }

// notices are the letters that say that it is over: to the owner and to those who had an invitation. Whoever was
// never written to does not learn that there was a contract; an invitation that may have gone out counts as gone out.
func notices(c contract.Contract, name contract.LetterName) []contract.Letter {
	letters := []contract.Letter{{Name: name, Occasion: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		if l := c.Letter(contract.Invitation, s.ID); l != nil && !(l.SentAt.IsZero() && l.UnclearSince.IsZero()) {
			letters = append(letters, contract.Letter{Name: name, Occasion: 1, Recipient: s.ID})
		}
	}
	return letters
}

// StillWanted reports whether a letter is outstanding and still makes sense. It is asked again when the letter is
// written: since it was decided on, its reader may have signed, or the contract may be over.
func StillWanted(c contract.Contract, l contract.Letter) bool {
	if !l.Outstanding() {
		return false
	}
	return !isMoot(c, l)
}

// isMoot reports whether a letter asks somebody to sign who cannot any more.
func isMoot(c contract.Contract, l contract.Letter) bool {
	asks := l.Name == contract.Invitation || l.Name == contract.Reminder
	return asks && (c.Status != contract.Sent || c.CancelWanted || !MaySignNow(c, l.Recipient))
}

// dropMoot ends the troubles with letters that make no sense any more: whoever signed needs no invitation.
func dropMoot(c *contract.Contract) {
	for _, l := range c.Letters {
		if isMoot(*c, l) && About(*c, AboutLetter(l)) != nil {
			over(c, AboutLetter(l))
		}
	}
}

// IsAsked reports whether the mail service is still to be asked what became of a letter whose end is unclear. The order to
// send it is how: whoever hears it finds the letter unclear, and sends nothing.
func IsAsked(l contract.Letter) bool {
	return l.SentAt.IsZero() && l.Refused == "" && l.SetAsideAt.IsZero() && !l.UnclearSince.IsZero() && !l.NextTry.IsZero()
}

// lettersToSend are the letters that are wanted now: not those that are to wait before they are tried again.
func lettersToSend(c contract.Contract, now time.Time) []contract.Letter {
	return slices.DeleteFunc(slices.Clone(c.Letters), func(l contract.Letter) bool {
		return !StillWanted(c, l) && !IsAsked(l) || l.NextTry.After(now)
	})
}

// copiesDecided reports whether signed copy and proof are on record and it was decided to mail them to everyone.
func copiesDecided(c contract.Contract) bool {
	if c.SignedCopy == nil || c.Proof == nil {
		return false
	}
	return !slices.ContainsFunc(copies(c), func(l contract.Letter) bool { return c.Letter(l.Name, l.Recipient) == nil })
}

// everyCopySent counts a copy that the mail service refused as not sent, unless somebody set it aside: a contract is
// completed only when everyone has what they signed, and until then its owner is shown what is missing.
func everyCopySent(c contract.Contract) bool {
	return !slices.ContainsFunc(c.Letters, func(l contract.Letter) bool {
		return l.Name == contract.SignedCopyLetter && l.SentAt.IsZero() && l.SetAsideAt.IsZero()
	})
}

// addLetters notes letters that were decided on, each once, and that who is invited may sign: no look at the signature
// service need follow to know it.
func addLetters(c *contract.Contract, letters []contract.Letter) {
	for _, l := range letters {
		if find(c, l) == nil {
			c.Letters = append(c.Letters, contract.Letter{Name: l.Name, Occasion: l.Occasion, Recipient: l.Recipient})
		}
		if s := c.Signer(l.Recipient); s != nil && l.Name == contract.Invitation && s.State == contract.Waiting {
			s.State = contract.Invited
		}
	}
}

// find returns the letter with the identity of l, or nil.
func find(c *contract.Contract, l contract.Letter) *contract.Letter {
	i := slices.IndexFunc(c.Letters, func(k contract.Letter) bool { return k.Key() == l.Key() })
	if i < 0 {
		return nil
	}
	return &c.Letters[i]
}

// LetterOf returns the letter that a trouble is about, or nil.
func LetterOf(c contract.Contract, t contract.Trouble) *contract.Letter {
	for i := range c.Letters {
		if AboutLetter(c.Letters[i]) == t.About {
			return &c.Letters[i]
		}
	}
	return nil
}

func letterOf(c *contract.Contract, name contract.LetterName, sequence int, recipient string) (*contract.Letter, error) {
	l := find(c, contract.Letter{Name: name, Occasion: sequence, Recipient: recipient})
	if l == nil {
		return nil, fmt.Errorf("%w: contract %s has no letter %s %d to %s", ErrImpossible, c.ID, name, sequence, recipient)
	}
	return l, nil
}
