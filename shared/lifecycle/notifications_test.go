package lifecycle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

func names(notifications []contract.Notification) string {
	var all []string
	for _, l := range notifications {
		all = append(all, fmt.Sprintf("%s/%d→%s", l.Kind, l.Sequence, l.Recipient))
	}
	return strings.Join(all, " ")
}

func ordered(c *contract.Contract) { c.Ordered = true }

func TestWhoIsInvited(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		c    contract.Contract
		want string
	}{
		"everyone at once":        {contractAt(contract.Sent), "invitation/1→ana invitation/1→ben"},
		"the first, in order":     {contractAt(contract.Sent, ordered), "invitation/1→ana"},
		"the next, after a first": {contractAt(contract.Sent, ordered, signed("ana"), with(contract.Invitation, true, "ana")), "invitation/1→ben"},
		"nobody twice":            {contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")), ""},
		"nobody who has signed":   {contractAt(contract.Sent, signed("ana"), signed("ben")), ""},
		"nobody after a refusal": {contractAt(contract.Sent, ordered, func(c *contract.Contract) {
			c.Signers[0].State = contract.HasDeclined
		}), ""},
	} {
		if got := names(invitations(row.c)); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestWhoIsRemindedByItself(t *testing.T) {
	t.Parallel()
	lastAsked := func(name contract.NotificationKind, sequence int, ago time.Duration) func(*contract.Contract) {
		return func(c *contract.Contract) {
			c.Notifications = append(c.Notifications, contract.Notification{Kind: name, Sequence: sequence, Recipient: "ana", SentAt: noon.Add(-ago)})
		}
	}
	invited := lastAsked(contract.Invitation, 1, 20*24*time.Hour)
	for name, row := range map[string]struct {
		c    contract.Contract
		want string
	}{
		"three days after the invitation":        {contractAt(contract.Sent, lastAsked(contract.Invitation, 1, reminderInterval)), "reminder/1→ana"},
		"not a moment before":                    {contractAt(contract.Sent, lastAsked(contract.Invitation, 1, reminderInterval-time.Second)), ""},
		"three days after the last reminder":     {contractAt(contract.Sent, invited, lastAsked(contract.Reminder, 2, reminderInterval)), "reminder/3→ana"},
		"not a fourth time":                      {contractAt(contract.Sent, invited, lastAsked(contract.Reminder, 3, reminderInterval)), ""},
		"not while a notification is on its way": {contractAt(contract.Sent, invited, with(contract.Reminder, false, "ana")), ""},
		"not who was never invited":              {contractAt(contract.Sent), ""},
		"not who has signed":                     {contractAt(contract.Sent, invited, signed("ana")), ""},
	} {
		if got := names(dueReminders(row.c, noon)); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestNoticesGoToWhoKnowsOfTheContract(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Declined, with(contract.Invitation, true, "ana"), with(contract.Invitation, false, "ben"))
	if got, want := names(notices(c, contract.DeclinedNotice)), "declined/1→owner declined/1→ana"; got != want {
		t.Errorf("notices are %q, want %q: ben's invitation never went out", got, want)
	}
	if got, want := names(copies(c)), "signed-copy/1→owner signed-copy/1→ana signed-copy/1→ben"; got != want {
		t.Errorf("copies are %q, want %q", got, want)
	}
}
