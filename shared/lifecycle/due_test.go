package lifecycle

import (
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

func TestWhenAContractIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	const look = 15 * time.Minute
	invited := with(contract.Invitation, true, "ana", "ben")
	copiesOut := with(contract.SignedCopyNotification, false, contract.ToOwner, "ana", "ben")
	ours := func(c *contract.Contract) {
		c.Troubles = []contract.Trouble{{About: AboutSignature, Cause: "signature.unauthorized", Ours: true}}
	}
	closing := func(c *contract.Contract) { c.Deadline = noon.Add(time.Minute) }
	passed := func(c *contract.Contract) { c.Deadline = noon.Add(-time.Minute) }
	waiting := func(c *contract.Contract) { c.Notifications[0].NextTry = noon.Add(20 * time.Minute) }
	for name, row := range map[string]struct {
		c     contract.Contract
		looks int
		want  time.Duration // 0: never
	}{
		"a draft: never":                          {contractAt(contract.Draft), 0, 0},
		"preparing":                               {contractAt(contract.Preparing), 0, Soon},
		"preparing, looked at three times":        {contractAt(contract.Preparing), 3, 4 * time.Minute},
		"preparing, looked at for ever":           {contractAt(contract.Preparing), 1000, Longest},
		"preparing, a fault of ours":              {contractAt(contract.Preparing, ours), 1000, oursAtEnd},
		"sent, a notification outstanding":        {contractAt(contract.Sent, with(contract.Invitation, false, "ana")), 0, Soon},
		"sent, a notification is to wait":         {contractAt(contract.Preparing, with(contract.CancelledNotice, false, contract.ToOwner), waiting, func(c *contract.Contract) { c.Status = contract.Sent; c.Request.State = contract.Open }), 9, 20 * time.Minute},
		"sent":                                    {contractAt(contract.Sent, invited), 0, look},
		"sent, just before the last moment":       {contractAt(contract.Sent, invited, closing), 0, time.Minute},
		"the last moment, whatever the doubling":  {contractAt(contract.Sent, invited, closing), 1000, time.Minute},
		"sent, past the last moment":              {contractAt(contract.Sent, invited, passed), 0, pastEnd},
		"sent, cancel wanted":                     {contractAt(contract.Sent, unwanted), 0, Soon},
		"signed, copies missing":                  {contractAt(contract.Signed), 0, Soon},
		"signed, copies on their way":             {contractAt(contract.Signed, withCopies, copiesOut), 1, 2 * Soon},
		"completed: never":                        {contractAt(contract.Completed), 0, 0},
		"cancelled, a notice outstanding":         {contractAt(contract.Cancelled, with(contract.CancelledNotice, false, contract.ToOwner)), 0, Soon},
		"cancelled, the request still open":       {contractAt(contract.Cancelled, stillOpen), 0, Soon},
		"cancelled, the attempt not settled":      {contractAt(contract.Cancelled, func(c *contract.Contract) { c.Request = &contract.Request{Attempt: 1, State: contract.Opening} }), 0, Soon},
		"cancelled, signed late, copies missing":  {contractAt(contract.Cancelled, func(c *contract.Contract) { c.Request.Signed = true }), 0, Soon},
		"cancelled, an unsent invitation is moot": {contractAt(contract.Cancelled, with(contract.Invitation, false, "ana")), 0, 0},
	} {
		got, routine := (Schedule{Look: look}).Due(row.c, row.looks, noon)
		if got != row.want || routine != (name == "sent") {
			t.Errorf("%s: in %s, want in %s; routine: %t", name, got, row.want, routine)
		}
	}
}

// Whatever is due has something that follows: otherwise it would be looked at for ever, and nothing would come of it.
func TestWhatIsDueIsFollowedBySomething(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*contract.Contract){
		"as it comes": func(*contract.Contract) {}, "unwanted": unwanted, "stopped": stuck, "drawn": drawn, "with copies": withCopies,
		"its request open": func(c *contract.Contract) { c.Request = &contract.Request{Attempt: 1, ID: "r", State: contract.Open} },
		"its request signed": func(c *contract.Contract) {
			c.Request = &contract.Request{Attempt: 1, ID: "r", State: contract.Closed, Signed: true}
		},
	}
	for _, name := range []contract.NotificationKind{
		contract.Invitation, contract.Reminder, contract.SignedCopyNotification, contract.DeclinedNotice, contract.ExpiredNotice, contract.CancelledNotice, contract.LateSignature,
	} {
		changes[string(name)+" outstanding"] = with(name, false, "ana")
		changes[string(name)+" unclear"] = func(c *contract.Contract) {
			with(name, false, "ana")(c)
			unclearSince(noon)(c)
		}
	}
	for _, s := range contract.Statuses[1:] { // a draft has neither a request nor notifications
		for name, change := range changes {
			c := contractAt(s, change)
			if s == contract.Preparing && name == "stopped" || s == contract.Completed && name == "its request open" {
				continue // the one waits for a person, and the other never comes
			}
			next, _ := (Schedule{Look: time.Minute}).Due(c, 0, noon)
			if next > 0 && len(Decide(c, timeCame, noon.Add(next))) == 0 {
				t.Errorf("%s, %s: looked at in %s for nothing", s, name, next)
			}
		}
	}
}

// A contract that is not at its end is due, or waits for a person and says so.
func TestNothingIsSilentlyStuck(t *testing.T) {
	t.Parallel()
	for _, s := range contract.Statuses[1:] {
		for name, change := range map[string]func(*contract.Contract){
			"as it comes": func(*contract.Contract) {}, "unwanted": unwanted, "stopped": stuck,
		} {
			c := contractAt(s, change)
			due, _ := (Schedule{Look: time.Minute}).Due(c, 0, noon)
			if !s.Final() && due == 0 && len(Open(c)) == 0 {
				t.Errorf("%s, %s: neither due nor shown", s, name)
			}
		}
	}
}

func TestWhatTakesTooLongIsNamed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		c     contract.Contract
		looks int
		about string
	}{
		"nothing drawn":              {contractAt(contract.Preparing), overdueAfter, AboutDocument},
		"nothing drawn, so far":      {contractAt(contract.Preparing), overdueAfter - 1, ""},
		"not opened":                 {contractAt(contract.Preparing, drawn), overdueAfter, AboutSignature},
		"not withdrawn":              {contractAt(contract.Sent, unwanted), overdueAfter, AboutSignature},
		"a notification is not sent": {contractAt(contract.Sent, with(contract.Invitation, false, "ana")), overdueAfter, toAna},
		"proof never comes":          {contractAt(contract.Signed), overdueAfter, AboutCopies},
		"people take their time":     {contractAt(contract.Sent, with(contract.Invitation, true, "ana")), 50, ""},
		"it is known why":            {contractAt(contract.Preparing, drawn, func(c *contract.Contract) { c.Troubles = []contract.Trouble{{About: AboutSignature, Cause: "x"}} }), 50, ""},
		"completed":                  {contractAt(contract.Completed), 50, ""},
	} {
		late := Overdue(row.c, row.looks)
		if (late == nil) != (row.about == "") || late != nil && (late.About != row.about || late.Cause != CauseOverdue) {
			t.Errorf("%s: %+v, want about %q", name, late, row.about)
		}
	}
}
