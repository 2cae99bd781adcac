package sendmail

import "time"

// fault is why the mail service did not take a mail, or why nobody knows whether it did. It holds nothing personal: it
// is told in events, kept in the history and shown.
type fault struct {
	fate   fate
	cause  string        // a stable code, for programs and for the words of pages
	detail string        // for people: what was answered, and which setting to look at
	after  time.Duration // how long the service asked to be left alone; 0 if it did not
}

func (f fault) Error() string { return f.detail }

// fate is what is to be done about a fault. It follows from what was answered, and not from when.
type fate int

const (
	// ours is a fault of the installation: of its settings, or the mail service is away. It is the same for every letter
	// and says nothing about this one, which is tried again without end.
	ours fate = iota
	// passing is about this recipient or this letter and may be over soon: it is tried again so many times.
	passing
	// forGood is the recipient's own fault or the letter's: no other try would end otherwise.
	forGood
	// unclear is an end that nobody knows: the service may have taken the mail. It is never sent again by itself.
	unclear
)

// The causes. What is known of each is in docs/reliability.md; a test holds that page against this list.
const (
	addressRefused = "mail.address_refused" // there is no such mailbox, or it takes nothing any more
	tooLarge       = "mail.too_large"
	contentRefused = "mail.content_refused"
	mailboxFull    = "mail.mailbox_full"
	deferred       = "mail.deferred"       // not now, for a reason that is about this recipient or letter
	unauthorized   = "mail.unauthorized"   // the key or the password is not accepted, or may not do this
	senderRefused  = "mail.sender_refused" // it may not be sent from MAIL_FROM
	misconfigured  = "mail.settings"       // any other refusal that is about us
	unreachable    = "mail.unreachable"    // no answer, or it says that it is out of service
	limited        = "mail.limited"        // too many mails in too short a time
	unwritten      = "mail.unwritten"      // there is no such letter, or it could not be composed
	unrecorded     = "mail.unrecorded"     // persist could not be told before the letter was to go out
	neverTaken     = "mail.never_taken"    // its end was unclear, and the mail service turned out not to have it
	endUnclear     = "mail.unclear"
)
