package check

import (
	"context"
	"fmt"

	"github.com/paraphe/paraphe/shared/contract"
)

// Mails counts what a mail service has taken. All are notifications about one contract; where notification is not nil, only copies
// of that one.
type Mails interface {
	Count(ctx context.Context, id contract.ID, notification *contract.Notification) (int, error)
}

// countNotifications asks the mail service how many notifications about a contract it took. Only where that is more than the record
// has as sent is each notification asked about.
func countNotifications(ctx context.Context, mail Mails, d dossier) (found []Finding, asked int, err error) {
	if mail == nil || d.contract.Status == contract.Draft {
		return nil, 0, nil
	}
	all, err := mail.Count(ctx, d.contract.ID, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("ask the mail service about contract %s: %w", d.contract.ID, err)
	}
	expected := 0
	for _, l := range d.contract.Notifications {
		if !l.SentAt.IsZero() {
			expected++
		}
	}
	if all == expected {
		return nil, expected, nil
	}
	found, known, err := copies(ctx, mail, d)
	if more := all - known; err == nil && more > 0 {
		found = append(found, Finding{"mail", d.contract.ID, fmt.Sprintf("the mail service took %d notifications about it that are not on record", more),
			"The record is older than the notifications, as after a restore: tell those who have them"})
	}
	return found, len(d.contract.Notifications), err
}

// copies holds each notification on record against what the mail service took of it.
func copies(ctx context.Context, mail Mails, d dossier) (found []Finding, known int, err error) {
	_, again := d.sentNotifications()
	for _, l := range d.contract.Notifications {
		n, err := mail.Count(ctx, d.contract.ID, &l)
		if err != nil {
			return found, known, fmt.Errorf("ask the mail service about contract %s: %w", d.contract.ID, err)
		}
		known += n
		say := func(what, do string) {
			found = append(found, Finding{"mail", d.contract.ID, what, do})
		}
		switch out := !l.SentAt.IsZero(); {
		case n > 1+again[l.Key()]:
			say(fmt.Sprintf("the mail service took %d copies of the notification %s, and a person asked for %d more than one", n, l.Key(), again[l.Key()]),
				"Tell the recipient that they are the same, and tell whoever maintains Paraphe")
		case n == 0 && out:
			say("the notification "+l.Key()+" is on record as sent, and the mail service does not find it",
				"It may keep notifications for a shorter time; if not, ask the recipient, and use Send again")
		case n > 0 && !out && l.UnclearSince.IsZero():
			say("the mail service took the notification "+l.Key()+", and it is not on record as sent",
				"The record is older than the notification, as after a restore: set the notification aside, or it goes out again")
		}
	}
	return found, known, nil
}
