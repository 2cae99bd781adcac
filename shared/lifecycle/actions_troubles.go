package lifecycle

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

func whyNotRetry(c contract.Contract, _ time.Time) string {
	if c.Status.Final() && len(c.Troubles) == 0 && c.Request.Settled() {
		return "it has ended and nothing is stuck"
	}
	return ""
}

// doRetry tries again what did not work. It never sends a notification again of which nobody knows whether it went out.
func doRetry(c *contract.Contract, r Request, _ time.Time) error {
	if err := begin(c, r); err != nil {
		return err
	}
	if r.Cause != "" && r.Cause != CauseOverdue && !slices.ContainsFunc(c.Troubles, r.means) {
		return &Refusal{Why: "nothing of it needs attention for " + r.Cause}
	}
	for i := range c.Notifications {
		l := &c.Notifications[i]
		about := About(*c, AboutNotification(*l))
		if l.SetAsideAt.IsZero() && (r.Cause == "" || about != nil && r.means(*about)) {
			l.Refused, l.NextTry, l.Deferrals = "", l.UnclearSince, 0 // at once: to send it, or to ask the mail service
		}
	}
	c.Troubles = slices.DeleteFunc(c.Troubles, func(t contract.Trouble) bool {
		return r.means(t) && t.Cause != CauseMailUnclear && t.Cause != CauseSignedLate
	})
	if len(c.Troubles) == 0 {
		c.Troubles = nil
	}
	return nil
}

func whyNotSetAside(c contract.Contract, _ time.Time) string {
	if len(Open(c)) == 0 {
		return "nothing of it needs attention"
	}
	return ""
}

// means reports whether a trouble that nobody has set aside is meant: the one that is named, or all of a cause, or all.
func (r Request) means(t contract.Trouble) bool {
	return t.SetAsideAt.IsZero() && (r.About == "" || t.About == r.About) && (r.Cause == "" || t.Cause == r.Cause)
}

// doSetAside leaves what troubles are about as it is. A notification that is set aside is not sent and not waited for.
func doSetAside(c *contract.Contract, r Request, at time.Time) error {
	if t := About(*c, r.About); r.Cause == "" && t != nil && !t.SetAsideAt.IsZero() {
		return nil // twice is once
	}
	var found, stops bool
	for i := range c.Troubles {
		t := &c.Troubles[i]
		if !r.means(*t) {
			continue
		}
		if stops = stops || t.Stops; !t.Stops {
			found, t.SetAsideAt = true, at
			setNotificationAside(c, t.About, at)
		}
	}
	switch {
	case found:
		return nil
	case stops:
		return &Refusal{Why: "it cannot go on without it: retry or cancel it"}
	}
	return &Refusal{Why: "nothing about " + cmp.Or(r.About, r.Cause) + " needs attention"}
}

func setNotificationAside(c *contract.Contract, about string, at time.Time) {
	for i := range c.Notifications {
		if l := &c.Notifications[i]; AboutNotification(*l) == about && l.SentAt.IsZero() {
			l.SetAsideAt = at
		}
	}
}

func whyNotSendAgain(c contract.Contract, _ time.Time) string {
	if !slices.ContainsFunc(c.Notifications, mayGoAgain) {
		return "no notification of it was refused or is unclear"
	}
	return ""
}

func mayGoAgain(l contract.Notification) bool {
	return l.SentAt.IsZero() && (l.Refused != "" || !l.UnclearSince.IsZero() || !l.SetAsideAt.IsZero())
}

// doSendAgain lets a notification be sent once more, which may be its second copy: a person decided that.
func doSendAgain(c *contract.Contract, r Request, _ time.Time) error {
	i := slices.IndexFunc(c.Notifications, func(l contract.Notification) bool { return AboutNotification(l) == r.About })
	if i < 0 || !mayGoAgain(c.Notifications[i]) {
		return &Refusal{Why: "there is no notification " + strings.TrimPrefix(r.About, aboutMail) + " that was refused or is unclear"}
	}
	l := &c.Notifications[i]
	*l = contract.Notification{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient, Claim: l.Claim}
	over(c, r.About)
	return nil
}
