package lifecycle

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// What a trouble may be about, besides a notification ("mail/" and the notification's key) and an event ("event/" and its type, with
// the key of the notification that it is about, if it is about one).
const (
	AboutDocument  = "document"
	AboutSignature = "signature"
	AboutCopies    = "copies"
	aboutMail      = "mail/"
	aboutEvent     = "event/"
)

// The causes that the rules themselves find. Those that are met outside are named where they are met.
const (
	CauseDocumentRefused = "document.refused"
	CauseGone            = "signature.gone"           // the service has nothing of it any more
	CauseNotFound        = "signature.not_found"      // it says so, which was not made sure of yet
	CauseGivenUp         = "signature.given_up"       // it cancelled the request by itself
	CauseSecondRequest   = "signature.second_request" // it holds another request for the same contract
	CauseSignedLate      = "signature.signed_late"    // everyone signed after the contract had ended
	CauseNotSignedAgain  = "signature.contradiction"  // it does not say any more that everyone signed
	CauseMailRefused     = "mail.refused"
	CauseMailUnclear     = "mail.unclear"
	CauseUndeliverable   = "event.undeliverable"
	CauseOverdue         = "overdue"
	CauseDeadlinePassed  = "contract.deadline_passed" // before the contract was opened at the service
)

// wordsLimit bounds what others say in words, in characters: it is shown in one line.
const wordsLimit = 500

// trouble notes that something failed. The same again counts up; another cause about the same thing takes its place.
func trouble(c *contract.Contract, t contract.Trouble, at time.Time) {
	t.Detail, t.Since, t.Last, t.Tries = limited(t.Detail), at, at, 1
	c.Troubles = slices.Clone(c.Troubles)
	for i, known := range c.Troubles {
		if known.About != t.About {
			continue
		}
		if known.Cause == t.Cause {
			t.Since, t.Tries, t.SetAsideAt = known.Since, known.Tries+1, known.SetAsideAt
		}
		c.Troubles[i] = t
		return
	}
	c.Troubles = append(c.Troubles, t)
}

// over ends the troubles about something that succeeded.
func over(c *contract.Contract, about string) {
	left := slices.DeleteFunc(slices.Clone(c.Troubles), func(t contract.Trouble) bool { return t.About == about })
	if len(left) == 0 {
		left = nil
	}
	c.Troubles = left
}

// About returns the trouble about something, or nil.
func About(c contract.Contract, about string) *contract.Trouble {
	for i := range c.Troubles {
		if c.Troubles[i].About == about {
			return &c.Troubles[i]
		}
	}
	return nil
}

// stopped reports whether nothing goes on until a person acts.
func stopped(c contract.Contract) bool {
	return slices.ContainsFunc(c.Troubles, func(t contract.Trouble) bool { return t.Stops })
}

// Open returns the troubles that nobody has set aside.
func Open(c contract.Contract) []contract.Trouble {
	return slices.DeleteFunc(slices.Clone(c.Troubles), func(t contract.Trouble) bool { return !t.SetAsideAt.IsZero() })
}

// AboutNotification is what a trouble with this notification is about.
func AboutNotification(l contract.Notification) string { return aboutMail + l.Key() }

// overdueAfter is after how many looks that nothing followed a contract counts as overdue where our own functions or
// services are at work, for seconds as a rule: the third look comes after three and a half minutes.
const overdueAfter = 3

// Overdue is the trouble of a contract that was looked at so many times and nothing followed, or nil. It is derived and
// not kept, so it is gone with the first thing that happens.
func Overdue(c contract.Contract, looks int) *contract.Trouble {
	about := waitsFor(c)
	if about == "" || looks < overdueAfter || About(c, about) != nil {
		return nil
	}
	return &contract.Trouble{About: about, Cause: CauseOverdue, Since: c.UpdatedAt, Last: c.UpdatedAt, Tries: looks}
}

// waitsFor is what has to happen next without a person, or "" if people are at work or nothing has to.
func waitsFor(c contract.Contract) string {
	switch {
	case c.Status == contract.Draft, stopped(c):
		return ""
	case c.Status == contract.Preparing && c.Document == nil && !c.CancelWanted:
		return AboutDocument
	case c.Status == contract.Preparing, c.CancelWanted && c.Status == contract.Sent, c.Status.Final() && !c.Request.Settled():
		return AboutSignature
	case c.Status == contract.Signed && !copiesDecided(c), lateCopies(c):
		return AboutCopies
	}
	for _, l := range c.Notifications {
		if StillWanted(c, l) {
			return AboutNotification(l)
		}
	}
	return ""
}

func limited(why string) string {
	if r := []rune(why); len(r) > wordsLimit {
		why = string(r[:wordsLimit])
	}
	return why
}
