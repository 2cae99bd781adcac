// Package contract names the things that the whole system speaks of: a contract, its signers, its documents and
// its notifications, as they stand. It holds no rules and does no I/O, and nothing in it is personal: these values
// travel in events, so they carry ids, statuses and digests only.
package contract

import (
	"strconv"
	"time"
)

// ID names a contract: 26 characters of lower-case base32 (a–z, 2–7), 130 random bits. It is never guessed,
// counted or reused, and it is the subject of every event.
type ID string

// Status is where a contract is in its life. shared/lifecycle alone says when it changes.
type Status string

const (
	Draft     Status = "draft"     // written, not yet sent: nobody outside has seen it
	Preparing Status = "preparing" // the document is being drawn and handed to the signature service
	Sent      Status = "sent"      // the signature service waits for the signers
	Signed    Status = "signed"    // everyone signed; copies and proof are being fetched and mailed
	Completed Status = "completed" // signed copy and proof are stored, their digests recorded, copies mailed
	Declined  Status = "declined"  // a signer refused
	Expired   Status = "expired"   // the deadline passed before everyone signed
	Cancelled Status = "cancelled" // withdrawn before everyone signed
)

// Statuses lists every status in the order of a contract's life; tables and tests range over it.
var Statuses = []Status{Draft, Preparing, Sent, Signed, Completed, Declined, Expired, Cancelled}

// Final reports whether nothing can follow s.
func (s Status) Final() bool {
	return s == Completed || s == Declined || s == Expired || s == Cancelled
}

// Contract is a contract as it stands: what every decision is made from.
type Contract struct {
	ID       ID     `json:"id"`
	Version  int64  `json:"version"` // counts writes; a guarded write names the version it was decided on
	Status   Status `json:"status"`
	Template string `json:"template"` // "service-agreement/1": name and version of the template folder
	Language string `json:"language"` // ISO 639-1, of the document

	Owner   string   `json:"owner"`   // user id of the one who made it
	Signers []Signer `json:"signers"` // in signing order
	Ordered bool     `json:"ordered"` // whether a signer waits for the one before

	Document      *Document      `json:"document,omitempty"`      // what is to be signed
	SignedCopy    *Document      `json:"signed_copy,omitempty"`   // what came back, signed by everyone
	Proof         *Document      `json:"proof,omitempty"`         // the signature service's audit trail
	Request       *Request       `json:"request,omitempty"`       // the current request at the signature service
	Notifications []Notification `json:"notifications,omitempty"` // every notification that was decided on, sent or not

	CancelWanted bool      `json:"cancel_wanted,omitempty"` // asked for while the signature service may still say "signed"
	Troubles     []Trouble `json:"troubles,omitempty"`      // what does not go as it should, one for each thing that it is about
	Deadline     time.Time `json:"deadline"`                // the last moment at which it may be signed
	SentAt       time.Time `json:"sent_at,omitzero"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// SignerState is how far one signer has come.
type SignerState string

const (
	Waiting         SignerState = "waiting"  // not yet asked (an earlier signer has to sign first, or nothing was sent)
	Invited         SignerState = "invited"  // may sign now
	HasSigned       SignerState = "signed"   // signed
	HasDeclined     SignerState = "declined" // refused
	CouldNotBeAsked SignerState = "failed"   // the signature service gave this signer up
)

// Signer is a person who signs, without what is personal: names and addresses stay with persist.
type Signer struct {
	ID       string      `json:"id"`
	State    SignerState `json:"state"`
	SignedAt time.Time   `json:"signed_at,omitzero"`
}

// Document is a file by what it is: the SHA-256 of its bytes in lower-case hexadecimal, its size in bytes and its
// number of pages (0 where nobody counted: a PDF from outside is never parsed).
type Document struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Pages  int    `json:"pages,omitempty"`
}

// AttemptState is how an attempt at the signature service stands, by what the service has positively said.
type AttemptState string

const (
	Opening     AttemptState = "opening"      // being handed over: the service may or may not have it
	Open        AttemptState = "open"         // the service holds it, and somebody may sign
	Closed      AttemptState = "closed"       // the service said that it has ended
	NeverOpened AttemptState = "never_opened" // the service has nothing of it, and will be given nothing more
)

// Request is one attempt to have the contract signed by the signature service.
type Request struct {
	Attempt int               `json:"attempt"`           // 1 for the first
	State   AttemptState      `json:"state"`             //
	ID      string            `json:"id,omitempty"`      // the service's id, empty until it answered
	Signers map[string]string `json:"signers,omitempty"` // our signer id to the service's
	Signed  bool              `json:"signed,omitempty"`  // it was closed because everyone had signed

	// NotFoundSince is since when the service answers that it knows no such request; zero if it does not.
	NotFoundSince time.Time `json:"not_found_since,omitzero"`
}

// Settled reports whether the service will change nothing more about this attempt. No other begins before.
func (r *Request) Settled() bool { return r == nil || r.State == Closed || r.State == NeverOpened }

// Trouble is something about a contract that failed or takes too long. It ends when what it is about succeeds.
type Trouble struct {
	About  string    `json:"about"`            // "document", "signature", "copies", "mail/invitation/1/<recipient>", "event/signature.check"
	Cause  string    `json:"cause"`            // a stable code: "signature.unauthorized"
	Detail string    `json:"detail,omitempty"` // in words; names fields and statuses, never a value
	Since  time.Time `json:"since"`
	Last   time.Time `json:"last"`            // when it was last met
	Tries  int       `json:"tries"`           // how often it was met since
	Ours   bool      `json:"ours,omitempty"`  // a fault of the installation, the same for every contract, and tried again by itself
	Stops  bool      `json:"stops,omitempty"` // nothing goes on until a person acts

	SetAsideAt time.Time `json:"set_aside_at,omitzero"` // when a person said that it may stay as it is
}

// Notification is one mail to one recipient. Name, Sequence and Recipient together are its identity: the system sends
// each such mail once. It is outstanding until it is sent or refused.
type Notification struct {
	Kind      NotificationKind `json:"kind"`
	Sequence  int              `json:"sequence"`  // 1 for the first of its name; reminders count up
	Recipient string           `json:"recipient"` // a signer's id, or ToOwner
	SentAt    time.Time        `json:"sent_at,omitzero"`
	Refused   string           `json:"refused,omitempty"` // why its recipient can never get it

	Tries        int       `json:"tries,omitempty"`        // how often the mail service did not take it
	Deferrals    int       `json:"deferrals,omitempty"`    // how many of these were about the recipient or the notification
	NextTry      time.Time `json:"next_try,omitzero"`      // not before; while it is unclear: when the mail service is asked
	UnclearSince time.Time `json:"unclear_since,omitzero"` // since when nobody knows whether the mail service took it
	Lost         int       `json:"lost,omitempty"`         // how often that turned out to be no
	Claim        int       `json:"claim,omitempty"`        // the latest claim of which a failure was told
	SetAsideAt   time.Time `json:"set_aside_at,omitzero"`  // when a person said that it need not be sent
}

// Key is the notification's identity in one text: "invitation/1/<recipient>".
func (l Notification) Key() string {
	return string(l.Kind) + "/" + strconv.Itoa(l.Sequence) + "/" + l.Recipient
}

// ToOwner is the recipient of a notification to the one who made the contract.
const ToOwner = "owner"

// NotificationKind says which notification it is; functions/send-mail/notifications has one text of each in every language.
type NotificationKind string

const (
	Invitation             NotificationKind = "invitation"  // please read and sign
	Reminder               NotificationKind = "reminder"    // please remember to
	SignedCopyNotification NotificationKind = "signed-copy" // everyone signed: here is the copy
	DeclinedNotice         NotificationKind = "declined"    // a signer refused
	ExpiredNotice          NotificationKind = "expired"     // the deadline passed
	CancelledNotice        NotificationKind = "cancelled"   // it was withdrawn
	LateSignature          NotificationKind = "late"        // everyone signed, although the contract had ended
)

// Signer returns the signer with this id, or nil.
func (c *Contract) Signer(id string) *Signer {
	for i := range c.Signers {
		if c.Signers[i].ID == id {
			return &c.Signers[i]
		}
	}
	return nil
}

// Outstanding reports whether the notification still has to be sent, and may be.
func (l Notification) Outstanding() bool {
	return l.SentAt.IsZero() && l.Refused == "" && l.UnclearSince.IsZero() && l.SetAsideAt.IsZero()
}

// Notification returns the newest notification of this name to this recipient, or nil if there is none.
func (c *Contract) Notification(name NotificationKind, recipient string) *Notification {
	var newest *Notification
	for i := range c.Notifications {
		l := &c.Notifications[i]
		if l.Kind == name && l.Recipient == recipient && (newest == nil || l.Sequence >= newest.Sequence) {
			newest = l
		}
	}
	return newest
}
