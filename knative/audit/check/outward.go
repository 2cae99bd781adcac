package check

import (
	"fmt"
	"slices"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// wrongNotifications counts how often each notification is on record as sent: once, and once more for each time that a person said so.
func wrongNotifications(d dossier, _ Bounds) (wrong []string) {
	sent, again := d.sentNotifications()
	rows := map[string]string{}
	for _, r := range d.notifications {
		rows[r.key] = r.state
	}
	known := map[string]bool{}
	for _, l := range d.contract.Notifications {
		key := l.Key()
		if known[key] {
			wrong = append(wrong, "the notification "+key+" was decided on twice")
		}
		known[key] = true
		if sent[key] > 1+again[key] {
			wrong = append(wrong, fmt.Sprintf("the notification %s went out %d times, and a person asked for %d more than one", key, sent[key], again[key]))
		}
		if out := !l.SentAt.IsZero(); out != (sent[key] > 0) || out != (rows[key] == "sent") {
			wrong = append(wrong, fmt.Sprintf("the notification %s: the contract says sent %t, its history %d times, its row %q", key, out, sent[key], rows[key]))
		}
	}
	for _, key := range slices.Concat(keysOf(rows), keysOf(sent)) {
		if !known[key] {
			wrong = append(wrong, "nobody decided on the notification "+key)
			known[key] = true
		}
	}
	return wrong
}

// sentNotifications counts by the notifications' keys how often the history tells of each as sent, and as sent again by a person.
func (d dossier) sentNotifications() (sent, again map[string]int) {
	sent, again = map[string]int{}, map[string]int{}
	for _, e := range d.history {
		switch output := detailOf(e); e.What {
		case events.MailSent{}.Type():
			sent[contract.Notification{Kind: contract.NotificationKind(output.Notification), Sequence: output.Sequence, Recipient: output.Recipient}.Key()]++
		case "action." + string(lifecycle.SendAgain):
			for _, l := range d.contract.Notifications {
				if lifecycle.AboutNotification(l) == output.About {
					again[l.Key()]++
				}
			}
		}
	}
	return sent, again
}

// keysOf lists the keys in their order.
func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wrongAttempts holds the attempts at the signature service against the contract: only the last may be unsettled, and
// as long as it is the contract is due.
func wrongAttempts(d dossier, _ Bounds) (wrong []string) {
	for i, a := range d.attempts {
		if a.number != i+1 {
			wrong = append(wrong, fmt.Sprintf("attempt %d stands where %d should", a.number, i+1))
		}
		if a.unsettled && i < len(d.attempts)-1 {
			wrong = append(wrong, fmt.Sprintf("attempt %d is %s although another was begun after it", a.number, a.state))
		}
	}
	r := d.contract.Request
	if (r == nil) != (len(d.attempts) == 0) {
		return append(wrong, fmt.Sprintf("it has %d attempts, and the contract knows of them: %t", len(d.attempts), r != nil))
	}
	if r == nil {
		return wrong
	}
	last := d.attempts[len(d.attempts)-1]
	if r.Attempt != last.number || string(r.State) != last.state || r.ID != "" && r.ID != last.request {
		wrong = append(wrong, fmt.Sprintf("the contract knows attempt %d as %s, and on record is attempt %d as %s or with another request",
			r.Attempt, r.State, last.number, last.state))
	}
	if last.unsettled && d.row.dueAt == nil {
		wrong = append(wrong, fmt.Sprintf("attempt %d is %s, and nobody will look at it", last.number, last.state))
	}
	return wrong
}
