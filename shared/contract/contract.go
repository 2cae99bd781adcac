// Package contract names the things that the whole system speaks of: a contract, its signers, its documents and
// its letters, as they stand. It holds no rules and does no I/O, and nothing in it is personal: these values
// travel in events, so they carry ids, statuses and digests only.
package contract

import "time"

// ID names a contract: 26 characters of lower-case base32 (a–z, 2–7), 130 random bits. It is never guessed,
// counted or reused, and it is the subject of every event.
type ID string

// Status is where a contract is in its life. Only functions/orchestrate decides that it changes.
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

	Document   *Document `json:"document,omitempty"`    // what is to be signed
	SignedCopy *Document `json:"signed_copy,omitempty"` // what came back, signed by everyone
	Proof      *Document `json:"proof,omitempty"`       // the signature service's audit trail
	Request    *Request  `json:"request,omitempty"`     // the current request at the signature service
	Letters    []Letter  `json:"letters,omitempty"`     // every letter that was decided on, sent or not

	CancelWanted bool      `json:"cancel_wanted,omitempty"` // asked for while the signature service may still say "signed"
	Attention    string    `json:"attention,omitempty"`     // why a person must look, in words; empty if nobody must
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

// Request is one attempt to have the contract signed by the signature service.
type Request struct {
	Attempt int               `json:"attempt"`           // 1 for the first
	ID      string            `json:"id,omitempty"`      // the service's id, empty until it answered
	Signers map[string]string `json:"signers,omitempty"` // our signer id to the service's
	Closed  bool              `json:"closed,omitempty"`  // the service will change it no more
}

// Letter is one mail to one recipient. Name, Occasion and Recipient together are its identity: the system sends
// each such mail once. It is outstanding until it is sent or refused.
type Letter struct {
	Name      LetterName `json:"name"`
	Occasion  int        `json:"occasion"`  // 1 for the first of its name; reminders count up
	Recipient string     `json:"recipient"` // a signer's id, or ToOwner
	SentAt    time.Time  `json:"sent_at,omitzero"`
	Refused   string     `json:"refused,omitempty"` // why the mail service will never take it
}

// ToOwner is the recipient of a letter to the one who made the contract.
const ToOwner = "owner"

// LetterName says which letter it is; functions/send-mail/letters has one text of each in every language.
type LetterName string

const (
	Invitation       LetterName = "invitation"  // please read and sign
	Reminder         LetterName = "reminder"    // please remember to
	SignedCopyLetter LetterName = "signed-copy" // everyone signed: here is the copy
	DeclinedNotice   LetterName = "declined"    // a signer refused
	ExpiredNotice    LetterName = "expired"     // the deadline passed
	CancelledNotice  LetterName = "cancelled"   // it was withdrawn
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

// Outstanding reports whether the letter still has to be sent.
func (l Letter) Outstanding() bool { return l.SentAt.IsZero() && l.Refused == "" }

// Letter returns the newest letter of this name to this recipient, or nil if there is none.
func (c *Contract) Letter(name LetterName, recipient string) *Letter {
	var newest *Letter
	for i := range c.Letters {
		l := &c.Letters[i]
		if l.Name == name && l.Recipient == recipient && (newest == nil || l.Occasion >= newest.Occasion) {
			newest = l
		}
	}
	return newest
}

// Move is a change of status that was decided: it happens only if the contract still stands at From.
type Move struct {
	From   Status `json:"from"`
	To     Status `json:"to"`
	Reason string `json:"reason,omitempty"` // in words, for the history; never personal
}
