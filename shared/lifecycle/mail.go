package lifecycle

import (
	"cmp"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// A notification that could not be handed over is tried again after such a while, doubled as long as the cause stays the same.
// What is about the recipient or the notification itself is given up after mostDeferrals, which is after a day; a fault of the
// installation never.
const (
	firstMailWait = 30 * time.Second
	lastMailWait  = time.Hour
	mostDeferrals = 30
)

// mostLost is how often a notification goes out again by itself because the mail service, when it was asked, turned out not to
// have it. The answer may be wrong, if rarely: with this bound a recipient has two copies of it at most.
const mostLost = 1

func applyMailSent(c *contract.Contract, f events.MailSent, at time.Time) error {
	l, err := notificationOf(c, f.Kind, f.Sequence, f.Recipient)
	if err != nil {
		return err
	}
	if l.SentAt.IsZero() {
		l.SentAt, l.Refused, l.UnclearSince, l.NextTry = at, "", time.Time{}, time.Time{}
		over(c, AboutNotification(*l))
	}
	noticeToo(c)
	return nil
}

// noticeToo writes to those, too, whose invitation turns out to have gone out only after the contract had ended: whoever
// was given a link learns that it no longer works.
func noticeToo(c *contract.Contract) {
	for _, o := range outcomes {
		if c.Status == o.To && c.Notification(o.Notification, contract.ToOwner) != nil {
			addNotifications(c, notices(*c, o.Notification))
		}
	}
}

func applyMailRefused(c *contract.Contract, f events.MailRefused, at time.Time) error {
	l, err := notificationOf(c, f.Kind, f.Sequence, f.Recipient)
	if err != nil || !isNews(*l, f.Claim) {
		return err
	}
	l.Claim = max(l.Claim, f.Claim)
	refuseNotification(c, l, cmp.Or(f.Cause, CauseMailRefused), f.Reason, at)
	return nil
}

func refuseNotification(c *contract.Contract, l *contract.Notification, cause, why string, at time.Time) {
	l.Refused, l.UnclearSince, l.NextTry = limited(why), time.Time{}, time.Time{}
	trouble(c, contract.Trouble{About: AboutNotification(*l), Cause: cause, Detail: why}, at)
}

// applyMailFailed notes that a notification was not taken, or that nobody knows it. An unclear one may turn out not to have been
// taken, by a later fact about the same claim.
func applyMailFailed(c *contract.Contract, f events.MailFailed, at time.Time) error {
	l, err := notificationOf(c, f.Kind, f.Sequence, f.Recipient)
	if err != nil || !isNews(*l, f.Claim) {
		return err
	}
	wasUnclear := !l.UnclearSince.IsZero()
	l.Claim = max(l.Claim, f.Claim)
	if f.Unclear || wasUnclear && l.Lost >= mostLost {
		leaveUnclear(c, l, f, at)
		return nil
	}
	if wasUnclear {
		l.UnclearSince = time.Time{}
		l.Lost++
	}
	l.Tries++
	if !f.Ours {
		l.Deferrals++
	}
	if l.Deferrals >= mostDeferrals {
		refuseNotification(c, l, f.Cause, cmp.Or(f.Detail, f.Cause), at)
		return nil
	}
	trouble(c, contract.Trouble{About: AboutNotification(*l), Cause: f.Cause, Detail: f.Detail, Ours: f.Ours}, at)
	wait := min(firstMailWait<<min(About(*c, AboutNotification(*l)).Tries-1, 10), lastMailWait)
	l.NextTry = at.Add(max(wait, time.Duration(f.RetryAfter)*time.Second))
	return nil
}

// leaveUnclear notes a notification that may have gone out. It is not sent again by itself; only the mail service is asked about
// it, if the fact says when.
func leaveUnclear(c *contract.Contract, l *contract.Notification, f events.MailFailed, at time.Time) {
	if l.UnclearSince.IsZero() {
		l.UnclearSince = at
		l.Tries++
	}
	l.NextTry = time.Time{}
	if f.Unclear && f.RetryAfter > 0 {
		l.NextTry = at.Add(time.Duration(f.RetryAfter) * time.Second)
	}
	trouble(c, contract.Trouble{About: AboutNotification(*l), Cause: CauseMailUnclear, Detail: f.Detail}, at)
	noticeToo(c)
}

// isNews reports whether a failure that is told of this claim changes anything: not where the notification has its end, nor where
// the claim is not the latest that was told of, or was told of and left nothing open. A fact that names no claim was told
// by a program that knew of none.
func isNews(l contract.Notification, claim int) bool {
	switch {
	case !l.SentAt.IsZero(), l.Refused != "", !l.SetAsideAt.IsZero():
		return false
	case claim == l.Claim && claim > 0:
		return !l.UnclearSince.IsZero()
	case claim == 0:
		return l.UnclearSince.IsZero()
	}
	return claim > l.Claim
}
