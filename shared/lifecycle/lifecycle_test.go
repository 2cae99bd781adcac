package lifecycle

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// contractAt makes a contract of two signers with everything that has happened when it reaches a status.
func contractAt(s contract.Status, change ...func(*contract.Contract)) contract.Contract {
	c := contract.Contract{
		ID: "c", Version: 7, Status: s, Template: "service-agreement/1", Owner: "marie",
		Signers:  []contract.Signer{{ID: "ana", State: contract.Waiting}, {ID: "ben", State: contract.Waiting}},
		Deadline: noon.AddDate(0, 1, 0),
	}
	if s != contract.Draft {
		c.Request = &contract.Request{Attempt: 1, State: contract.Opening}
	}
	if s != contract.Draft && s != contract.Preparing {
		c.Document = &contract.Document{SHA256: "d0c"}
		c.Request = &contract.Request{Attempt: 1, State: contract.Closed, ID: "r", Signers: map[string]string{"ana": "s-ana", "ben": "s-ben"}}
		c.Request.Signed = s == contract.Signed || s == contract.Completed
		if s == contract.Sent {
			c.Request.State = contract.Open
		}
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func drawn(c *contract.Contract) { c.Document = &contract.Document{SHA256: "d0c"} }
func stuck(c *contract.Contract) {
	c.Troubles = []contract.Trouble{{About: AboutSignature, Cause: "signature.rejected", Since: noon, Last: noon, Tries: 1, Stops: c.Status == contract.Preparing}}
}
func neverOpened(c *contract.Contract) {
	c.Request = &contract.Request{Attempt: 1, State: contract.NeverOpened}
}
func unwanted(c *contract.Contract) { c.CancelWanted = true }
func stillOpen(c *contract.Contract) {
	r := *c.Request
	r.State = contract.Open
	c.Request = &r
}

// unclearSince is that nobody knows of the first notification whether it went out, and the mail service is to be asked now.
func unclearSince(at time.Time) func(*contract.Contract) {
	return func(c *contract.Contract) { c.Notifications[0].UnclearSince, c.Notifications[0].NextTry = at, at }
}

func withCopies(c *contract.Contract) {
	c.SignedCopy, c.Proof = &contract.Document{SHA256: "5160ed"}, &contract.Document{SHA256: "p400f"}
}

// with adds notifications; sent ones were sent ten days ago.
func with(name contract.NotificationKind, sent bool, recipients ...string) func(*contract.Contract) {
	return func(c *contract.Contract) {
		for _, r := range recipients {
			l := contract.Notification{Kind: name, Sequence: 1, Recipient: r}
			if sent {
				l.SentAt = noon.AddDate(0, 0, -10)
			}
			c.Notifications = append(c.Notifications, l)
		}
	}
}

func signed(id string) func(*contract.Contract) {
	return func(c *contract.Contract) {
		s := c.Signer(id)
		s.State, s.SignedAt = contract.HasSigned, noon.AddDate(0, 0, -1)
	}
}

const (
	draws   = "document.generate"
	opens   = "signature.open"
	checks  = "signature.check"
	cancels = "signature.cancel"
	writes  = "mail.send"
	twice   = "mail.send mail.send"
	thrice  = "mail.send mail.send mail.send"
)

// decisionTable says for every status, in every condition that matters, what follows from which news. What is not
// named is ignored.
var decisionTable = []struct {
	name    string
	c       contract.Contract
	follows map[string]string
}{
	{"a draft", contractAt(contract.Draft), nil},
	{"nothing drawn", contractAt(contract.Preparing), map[string]string{sendAsked: draws, timeCame: draws}},
	{"drawing refused", contractAt(contract.Preparing, stuck), nil},
	{"drawn", contractAt(contract.Preparing, drawn), map[string]string{documentDrawn: opens, timeCame: opens}},
	{"opening refused", contractAt(contract.Preparing, drawn, stuck), nil},
	{"invitations outstanding", contractAt(contract.Sent, with(contract.Invitation, false, "ana", "ben")),
		map[string]string{opened: twice, checked: twice, remindAsked: twice, sendAgainAsked: twice, correctAsked: twice, reported: checks, timeCame: twice + " " + checks}},
	{"invitations sent", contractAt(contract.Sent, with(contract.Invitation, true, "ana", "ben")),
		map[string]string{reported: checks, timeCame: checks}},
	{"in trouble while sent", contractAt(contract.Sent, stuck), map[string]string{reported: checks, timeCame: checks}},
	{"a reminder for one who has signed meanwhile", contractAt(contract.Sent, signed("ana"), with(contract.Reminder, false, "ana")),
		map[string]string{reported: checks, timeCame: checks}},
	{"a notification that is to wait", contractAt(contract.Sent, with(contract.Invitation, false, "ana"), func(c *contract.Contract) { c.Notifications[0].NextTry = noon.Add(time.Second) }),
		map[string]string{reported: checks, timeCame: checks}},
	{"a notification that may have gone out", contractAt(contract.Sent, with(contract.Invitation, false, "ana"), func(c *contract.Contract) { c.Notifications[0].UnclearSince = noon }),
		map[string]string{reported: checks, timeCame: checks}},
	{"cancel wanted while opening", contractAt(contract.Preparing, drawn, unwanted),
		map[string]string{cancelAsked: cancels, opened: cancels, reported: cancels, timeCame: cancels}},
	{"cancel wanted", contractAt(contract.Sent, unwanted, with(contract.Invitation, false, "ana")),
		map[string]string{cancelAsked: cancels, opened: cancels, reported: cancels, timeCame: cancels}},
	{"signed, nothing fetched", contractAt(contract.Signed), map[string]string{reported: checks, timeCame: checks}},
	{"signed, copies outstanding", contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, false, contract.ToOwner, "ana", "ben")),
		map[string]string{checked: thrice, sendAgainAsked: thrice, correctAsked: thrice, timeCame: thrice}},
	{"signed, one notification never decided on", contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, true, "ana", "ben")),
		map[string]string{reported: checks, timeCame: checks}},
	{"signed, one copy refused", contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, true, contract.ToOwner, "ana", "ben"),
		func(c *contract.Contract) {
			c.Notifications[2].SentAt, c.Notifications[2].Refused = time.Time{}, "no such address"
		}), nil},
	{"signed, every copy mailed", contractAt(contract.Signed, withCopies, with(contract.SignedCopyNotification, true, contract.ToOwner, "ana", "ben")),
		nil},
	{"signed, an invitation never went out", contractAt(contract.Signed, withCopies, with(contract.Invitation, false, "ana")),
		map[string]string{reported: checks, timeCame: checks}},
	{"completed", contractAt(contract.Completed, withCopies), nil},
	{"completed, an invitation that may have gone out", contractAt(contract.Completed, withCopies, with(contract.Invitation, false, "ana"), unclearSince(noon)),
		map[string]string{timeCame: writes}},
	{"declined, notice outstanding", contractAt(contract.Declined, with(contract.DeclinedNotice, false, contract.ToOwner)),
		map[string]string{checked: writes, failed: writes, sendAgainAsked: writes, reported: checks, timeCame: writes}},
	{"expired, notice sent", contractAt(contract.Expired, with(contract.ExpiredNotice, true, contract.ToOwner)), map[string]string{reported: checks}},
	{"cancelled, an invitation never went out", contractAt(contract.Cancelled, with(contract.Invitation, false, "ana")), map[string]string{reported: checks}},
	{"cancelled while it was opened", contractAt(contract.Cancelled, stillOpen),
		map[string]string{opened: cancels, cancelAsked: cancels, reported: cancels, timeCame: cancels}},
	{"cancelled before it was opened", contractAt(contract.Cancelled, neverOpened), nil},
	{"cancelled, signed all the same", contractAt(contract.Cancelled, func(c *contract.Contract) { c.Request.Signed = true }), map[string]string{reported: checks, timeCame: checks}},
}

func TestEveryStatusAnswersEveryNews(t *testing.T) {
	t.Parallel()
	covered := map[contract.Status]bool{}
	for _, row := range decisionTable {
		covered[row.c.Status] = true
		for _, cause := range allCauses {
			if got, want := commandsOf(Decide(row.c, cause, noon)), row.follows[cause]; got != want {
				t.Errorf("%s, on %s: said %q, want %q", row.name, cause, got, want)
			}
		}
		if got, want := commandsOf(Decide(row.c, retryAsked, noon)), row.follows[timeCame]; got != want {
			t.Errorf("%s, on %s: said %q; want %q, as if it were due", row.name, retryAsked, got, want)
		}
		if got := commandsOf(Decide(row.c, "news.of.tomorrow", noon)); got != "" {
			t.Errorf("%s: unknown news set off %q", row.name, got)
		}
	}
	for _, s := range contract.Statuses {
		if !covered[s] {
			t.Errorf("no row stands at %s", s)
		}
	}
}

func commandsOf(payloads []events.Payload) string {
	var types []string
	for _, p := range payloads {
		types = append(types, p.Type())
	}
	return strings.Join(types, " ")
}

func TestCommandsNameTheCurrentAttempt(t *testing.T) {
	t.Parallel()
	c := contractAt(contract.Preparing, drawn, func(c *contract.Contract) { c.Request.Attempt = 3 })
	got := Decide(c, timeCame, noon)
	if want := []events.Payload{events.OpenSignature{Attempt: 3}}; !slices.Equal(got, want) {
		t.Errorf("said %v, want %v", got, want)
	}
}

func TestNoLegalMoveLeavesAFinalStatus(t *testing.T) {
	t.Parallel()
	reached := map[contract.Status]bool{contract.Draft: true}
	for _, m := range moves {
		if m.From.Final() {
			t.Errorf("%s → %s leaves the end", m.From, m.To)
		}
		reached[m.To] = true
	}
	for _, s := range contract.Statuses {
		if !reached[s] {
			t.Errorf("no move leads to %s", s)
		}
	}
	for _, from := range contract.Statuses {
		for _, to := range contract.Statuses {
			if c := (contract.Contract{Status: from}); move(&c, to, "no cause") || c.Status != from {
				t.Errorf("%s → %s happens without a cause", from, to)
			}
		}
	}
}
