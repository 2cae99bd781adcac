package lifecycle

import (
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// whyNotRemind paces reminders: once a day, and none while a notification is on its way.
func whyNotRemind(c contract.Contract, now time.Time) string {
	if c.CancelWanted {
		return "it is being cancelled"
	}
	if len(reminders(c, allReminders, manualInterval, now)) > 0 {
		return ""
	}
	if last, next := NextReminder(c); !next.IsZero() {
		return fmt.Sprintf("the last notification went out at %s; the next may from %s", stamp(last), stamp(next))
	}
	return "nobody can be reminded: a notification is on its way, or each was reminded often enough"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func doRemind(c *contract.Contract, _ Request, at time.Time) error {
	addNotifications(c, reminders(*c, allReminders, manualInterval, at))
	return nil
}

// NextReminder is when the last notification that asked somebody to sign went out, and from when the owner may send the next
// reminder. Without anybody to remind, the second is zero.
func NextReminder(c contract.Contract) (last, next time.Time) {
	if c.Status != contract.Sent || c.CancelWanted {
		return last, next
	}
	for _, s := range c.Signers {
		if l := lastAsked(c, s.ID); l != nil && l.SentAt.After(last) {
			last = l.SentAt
		}
	}
	for _, l := range reminders(c, allReminders, 0, endOfTime) {
		if from := lastAsked(c, l.Recipient).SentAt.Add(manualInterval); next.IsZero() || from.Before(next) {
			next = from
		}
	}
	return last, next
}

// endOfTime is later than every notification.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
