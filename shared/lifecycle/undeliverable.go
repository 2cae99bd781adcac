package lifecycle

import (
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Undeliverable notes that an event about this contract could not be delivered to its listener, however often it was
// tried. It is not noted where nothing would have followed from it by now: what was done meanwhile needs nobody's
// attention. One that a person set aside is open again.
func Undeliverable(c contract.Contract, attempts map[int]AttemptOnRecord, out events.Payload, detail string, at time.Time) Change {
	after := clone(c)
	if matters(c, attempts, out, at) {
		about := aboutUndelivered(out)
		trouble(&after, contract.Trouble{About: about, Cause: CauseUndeliverable, Detail: detail}, at)
		About(after, about).SetAsideAt = time.Time{}
	}
	return changed(c, after, at)
}

// aboutUndelivered names an event by its type, and one that is about a notification by the notification, too.
func aboutUndelivered(out events.Payload) string {
	about := aboutEvent + out.Type()
	if notification := notificationOfEvent(out); notification != nil {
		about += "/" + notification.Key()
	}
	return about
}

// notificationOfEvent is the identity of the notification that an event is about, or nil.
func notificationOfEvent(out events.Payload) *contract.Notification {
	switch e := out.(type) {
	case events.SendMail:
		return &contract.Notification{Kind: e.Kind, Sequence: e.Sequence, Recipient: e.Recipient}
	case events.MailSent:
		return &contract.Notification{Kind: e.Kind, Sequence: e.Sequence, Recipient: e.Recipient}
	case events.MailFailed:
		return &contract.Notification{Kind: e.Kind, Sequence: e.Sequence, Recipient: e.Recipient}
	case events.MailRefused:
		return &contract.Notification{Kind: e.Kind, Sequence: e.Sequence, Recipient: e.Recipient}
	}
	return nil
}

// matters reports whether anything would follow from an event as the contract stands: commands from a fact of persist's,
// the same again from a command, and something to write down from any other fact.
func matters(c contract.Contract, attempts map[int]AttemptOnRecord, out events.Payload, at time.Time) bool {
	if isCommand(out) {
		return commanded(c, aboutUndelivered(out)) && attemptOf(out, c) == Attempt(c)
	}
	if report, is := out.(interface{ AsSnapshot() events.Snapshot }); is {
		cause := report.AsSnapshot().Cause
		if out.Type() == timeCame {
			cause = timeCame
		}
		return len(Decide(c, cause, at)) > 0
	}
	n, err := Apply(c, attempts, out, at)
	return err != nil || n.Written
}

func isCommand(out events.Payload) bool {
	switch out.(type) {
	case events.GenerateDocument, events.OpenSignature, events.CheckSignature, events.CancelSignature, events.SendMail:
		return true
	}
	return false
}

// attemptOf is the attempt that a command is for; the current one, if it is for none.
func attemptOf(out events.Payload, c contract.Contract) int {
	switch e := out.(type) {
	case events.OpenSignature:
		return e.Attempt
	case events.CheckSignature:
		return e.Attempt
	case events.CancelSignature:
		return e.Attempt
	}
	return Attempt(c)
}

// commanded reports whether a command that could not be delivered would be given again as the contract stands, now or
// once a notification's time has come.
func commanded(c contract.Contract, about string) bool {
	for _, l := range c.Notifications {
		out := events.SendMail{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient}
		if aboutUndelivered(out) == about {
			return StillWanted(c, l) || IsAsked(l)
		}
	}
	return slices.ContainsFunc(Decide(c, timeCame, c.UpdatedAt), func(out events.Payload) bool { return aboutUndelivered(out) == about })
}

// overtaken ends the troubles about commands that nobody would give any more.
func overtaken(c *contract.Contract) {
	commands := []events.Payload{events.GenerateDocument{}, events.OpenSignature{}, events.CheckSignature{}, events.CancelSignature{}, events.SendMail{}}
	for _, t := range slices.Clone(c.Troubles) {
		kind, undelivered := strings.CutPrefix(t.About, aboutEvent)
		kind, _, _ = strings.Cut(kind, "/")
		if undelivered && slices.ContainsFunc(commands, func(p events.Payload) bool { return p.Type() == kind }) && !commanded(*c, t.About) {
			over(c, t.About)
		}
	}
}

// delivered ends the troubles about events that could not be delivered and that this fact answers: the fact itself, the
// command that it tells the result of, and whatever persist said before, for something did follow.
func delivered(c *contract.Contract, fact events.Payload) {
	answered := answers(fact)
	for _, t := range slices.Clone(c.Troubles) {
		kind, undelivered := strings.CutPrefix(t.About, aboutEvent)
		if undelivered && (slices.Contains(answered, t.About) || len(answered) > 1 && strings.HasPrefix(kind, "contract.")) {
			over(c, t.About)
		}
	}
}

// answers is what a fact makes up for, as troubles are about it. A report of the signature service answers nothing.
func answers(fact events.Payload) []string {
	about := []string{aboutUndelivered(fact)}
	add := func(out ...events.Payload) []string {
		for _, p := range out {
			about = append(about, aboutUndelivered(p))
		}
		return about
	}
	switch f := fact.(type) {
	case events.DocumentGenerated, events.DocumentRefused:
		return add(events.GenerateDocument{})
	case events.SignatureOpened:
		return add(events.OpenSignature{})
	case events.SignatureChecked:
		return add(events.CheckSignature{}, events.CancelSignature{}, events.SignatureReported{})
	case events.SignatureFailed:
		switch f.Act {
		case "open":
			return add(events.OpenSignature{})
		case "withdraw":
			return add(events.CancelSignature{})
		}
		return add(events.CheckSignature{})
	case events.MailSent, events.MailFailed, events.MailRefused:
		l := notificationOfEvent(fact)
		return add(events.SendMail{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient})
	}
	return about
}
