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

// invitations are the notifications to those who may sign and were not yet written to: everyone, or, where the order
// counts, the one whose turn it is.
func invitations(c contract.Contract) []contract.Notification {
	var notifications []contract.Notification
	for _, s := range c.Signers {
		if MaySignNow(c, s.ID) && c.Notification(contract.Invitation, s.ID) == nil {
			notifications = append(notifications, contract.Notification{Kind: contract.Invitation, Sequence: 1, Recipient: s.ID})
		}
	}
	return notifications
}

// reminders are the next notifications to all who were asked this long ago and have not answered, except those who had most
// of them already and those to whom a notification is on its way.
func reminders(c contract.Contract, most int, after time.Duration, now time.Time) []contract.Notification {
	var notifications []contract.Notification
	for _, s := range c.Signers {
		last := lastAsked(c, s.ID)
		if last == nil || last.SentAt.IsZero() || now.Sub(last.SentAt) < after || !MaySignNow(c, s.ID) {
			continue
		}
		next := contract.Notification{Kind: contract.Reminder, Sequence: 1, Recipient: s.ID}
		if before := c.Notification(contract.Reminder, s.ID); before != nil {
			next.Sequence = before.Sequence + 1
		}
		if next.Sequence <= most {
			notifications = append(notifications, next)
		}
	}
	return notifications
}

// dueReminders are the notifications to those who were last written to long ago.
func dueReminders(c contract.Contract, now time.Time) []contract.Notification {
	return reminders(c, automaticReminders, reminderInterval, now)
}

// lastAsked is the newest notification that asked this signer to sign, or nil. One that is not sent is newer than any other: an
// invitation may follow reminders, if it goes to another address.
func lastAsked(c contract.Contract, signer string) *contract.Notification {
	invitation, reminder := c.Notification(contract.Invitation, signer), c.Notification(contract.Reminder, signer)
	switch {
	case invitation == nil || reminder == nil:
		return cmp.Or(reminder, invitation)
	case invitation.SentAt.IsZero(), !reminder.SentAt.IsZero() && reminder.SentAt.Before(invitation.SentAt):
		return invitation
	}
	return reminder
}

// toEveryone are notifications of one name to the owner and to every signer.
func toEveryone(c contract.Contract, name contract.NotificationKind) []contract.Notification {
	notifications := []contract.Notification{{Kind: name, Sequence: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		notifications = append(notifications, contract.Notification{Kind: name, Sequence: 1, Recipient: s.ID})
	}
	return notifications
}

// copies are the notifications with the signed copy: to the owner and to everyone who signed.
func copies(c contract.Contract) []contract.Notification {
	return toEveryone(c, contract.SignedCopyNotification)
}

// notices are the notifications that say that it is over: to the owner and to those who had an invitation. Whoever was
// never written to does not learn that there was a contract; an invitation that may have gone out counts as gone out.
func notices(c contract.Contract, name contract.NotificationKind) []contract.Notification {
	notifications := []contract.Notification{{Kind: name, Sequence: 1, Recipient: contract.ToOwner}}
	for _, s := range c.Signers {
		if l := c.Notification(contract.Invitation, s.ID); l != nil && !(l.SentAt.IsZero() && l.UnclearSince.IsZero()) {
			notifications = append(notifications, contract.Notification{Kind: name, Sequence: 1, Recipient: s.ID})
		}
	}
	return notifications
}

// StillWanted reports whether a notification is outstanding and still makes sense. It is asked again when the notification is
// written: since it was decided on, its reader may have signed, or the contract may be over.
func StillWanted(c contract.Contract, l contract.Notification) bool {
	if !l.Outstanding() {
		return false
	}
	return !isMoot(c, l)
}

// isMoot reports whether a notification asks somebody to sign who cannot any more.
func isMoot(c contract.Contract, l contract.Notification) bool {
	asks := l.Kind == contract.Invitation || l.Kind == contract.Reminder
	return asks && (c.Status != contract.Sent || c.CancelWanted || !MaySignNow(c, l.Recipient))
}

// dropMoot ends the troubles with notifications that make no sense any more: whoever signed needs no invitation.
func dropMoot(c *contract.Contract) {
	for _, l := range c.Notifications {
		if isMoot(*c, l) && About(*c, AboutNotification(l)) != nil {
			over(c, AboutNotification(l))
		}
	}
}

// IsAsked reports whether the mail service is still to be asked what became of a notification whose end is unclear. The order to
// send it is how: whoever receives it finds the notification unclear, and sends nothing.
func IsAsked(l contract.Notification) bool {
	return l.SentAt.IsZero() && l.Refused == "" && l.SetAsideAt.IsZero() && !l.UnclearSince.IsZero() && !l.NextTry.IsZero()
}

// notificationsToSend are the notifications that are wanted now: not those that are to wait before they are tried again.
func notificationsToSend(c contract.Contract, now time.Time) []contract.Notification {
	return slices.DeleteFunc(slices.Clone(c.Notifications), func(l contract.Notification) bool {
		return !StillWanted(c, l) && !IsAsked(l) || l.NextTry.After(now)
	})
}

// copiesDecided reports whether signed copy and proof are on record and it was decided to mail them to everyone.
func copiesDecided(c contract.Contract) bool {
	if c.SignedCopy == nil || c.Proof == nil {
		return false
	}
	return !slices.ContainsFunc(copies(c), func(l contract.Notification) bool { return c.Notification(l.Kind, l.Recipient) == nil })
}

// everyCopySent counts a copy that the mail service refused as not sent, unless somebody set it aside: a contract is
// completed only when everyone has what they signed, and until then its owner is shown what is missing.
func everyCopySent(c contract.Contract) bool {
	return !slices.ContainsFunc(c.Notifications, func(l contract.Notification) bool {
		return l.Kind == contract.SignedCopyNotification && l.SentAt.IsZero() && l.SetAsideAt.IsZero()
	})
}

// addNotifications notes notifications that were decided on, each once, and that who is invited may sign: no look at the signature
// service need follow to know it.
func addNotifications(c *contract.Contract, notifications []contract.Notification) {
	for _, l := range notifications {
		if find(c, l) == nil {
			c.Notifications = append(c.Notifications, contract.Notification{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient})
		}
		if s := c.Signer(l.Recipient); s != nil && l.Kind == contract.Invitation && s.State == contract.Waiting {
			s.State = contract.Invited
		}
	}
}

// find returns the notification with the identity of l, or nil.
func find(c *contract.Contract, l contract.Notification) *contract.Notification {
	i := slices.IndexFunc(c.Notifications, func(k contract.Notification) bool { return k.Key() == l.Key() })
	if i < 0 {
		return nil
	}
	return &c.Notifications[i]
}

// NotificationOf returns the notification that a trouble is about, or nil.
func NotificationOf(c contract.Contract, t contract.Trouble) *contract.Notification {
	for i := range c.Notifications {
		if AboutNotification(c.Notifications[i]) == t.About {
			return &c.Notifications[i]
		}
	}
	return nil
}

func notificationOf(c *contract.Contract, name contract.NotificationKind, sequence int, recipient string) (*contract.Notification, error) {
	l := find(c, contract.Notification{Kind: name, Sequence: sequence, Recipient: recipient})
	if l == nil {
		return nil, fmt.Errorf("%w: contract %s has no notification %s %d to %s", ErrImpossible, c.ID, name, sequence, recipient)
	}
	return l, nil
}
