package transport

import "time"

// Failure is why the mail service did not take a mail, or why nobody knows whether it did. It holds nothing personal: it
// is told in events, kept in the history and shown.
type Failure struct {
	Class  Class
	Cause  string        // a stable code, for programs and for the words of pages
	Detail string        // for people: what was answered, and which setting to look at
	After  time.Duration // how long the service asked to be left alone; 0 if it did not
}

func (f Failure) Error() string { return f.Detail }

// Class is what is to be done about a failure. It follows from what was answered, and not from when.
type Class int

const (
	// Installation is a failure of the installation: of its settings, or the mail service is away. It is the same for every notification
	// and says nothing about this one, which is tried again without end.
	Installation Class = iota
	// Transient is about this recipient or this notification and may be over soon: it is tried again so many times.
	Transient
	// Permanent is the recipient's own fault or the notification's: no other try would end otherwise.
	Permanent
	// Unclear is an end that nobody knows: the service may have taken the mail. It is never sent again by itself.
	Unclear
)

// The causes. What is known of each is in docs/reliability.md; a test holds that page against this list.
const (
	addressRefused = "mail.address_refused" // there is no such mailbox, or it takes nothing any more
	TooLarge       = "mail.too_large"
	contentRefused = "mail.content_refused"
	MailboxFull    = "mail.mailbox_full"
	deferred       = "mail.deferred"       // not now, for a reason that is about this recipient or notification
	unauthorized   = "mail.unauthorized"   // the key or the password is not accepted, or may not do this
	senderRefused  = "mail.sender_refused" // it may not be sent from MAIL_FROM
	Misconfigured  = "mail.settings"       // any other refusal that is about us
	Unreachable    = "mail.unreachable"    // no answer, or it says that it is out of service
	Limited        = "mail.limited"        // too many mails in too short a time
	Unwritten      = "mail.unwritten"      // there is no such notification, or it could not be composed
	Unrecorded     = "mail.unrecorded"     // persist could not be told before the notification was to go out
	NeverTaken     = "mail.never_taken"    // its end was unclear, and the mail service turned out not to have it
	EndUnclear     = "mail.unclear"
)

// NoAddress is the failure for an address that mail cannot be sent to.
var NoAddress = Failure{Class: Permanent, Cause: addressRefused, Detail: "the recipient's e-mail address is not one that mail can be sent to"}
