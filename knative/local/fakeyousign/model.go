package fakeyousign

import (
	"encoding/json"
	"slices"
	"time"
)

// States of a request and of a signer, as the API writes them.
const (
	stateDraft    = "draft"
	stateOngoing  = "ongoing"
	stateDone     = "done"
	stateDeclined = "declined"
	stateExpired  = "expired"
	stateCanceled = "canceled"
	stateDeleted  = "deleted"

	signerInitiated  = "initiated"
	signerNotified   = "notified"
	signerProcessing = "processing" // asked for a code
	signerSigned     = "signed"
	signerDeclined   = "declined"
	signerAborted    = "aborted"
	signerError      = "error"
)

// Ways to make sure who signs.
const (
	modeSMS  = "otp_sms"
	modeNone = "no_otp"
)

// request is a signature request as it is kept. A zero time or a nil pointer is null in the API.
type request struct {
	ID               string
	Status           string
	Name             string
	DeliveryMode     string
	Timezone         string
	CreatedAt        time.Time
	ActivatedAt      time.Time
	CompletedAt      time.Time
	Expires          time.Time
	Ordered          bool
	ExternalID       *string
	AuditTrailLocale *string
	WorkspaceID      *string
	Reminders        *reminders
	MayDecline       bool
	Decline          *decline
	Canceled         string    // why, if it was
	Elsewhere        bool      // whether it was made while the key was one of another workspace
	Signers          []*signer // in signing order
	Documents        []*document
	Outbox           []*delivery // what has to be, or was, told to the webhook
	ProofAsked       int         // how often the audit trail was asked for
}

type reminders struct {
	IntervalInDays int `json:"interval_in_days"`
	MaxOccurrences int `json:"max_occurrences"`
}

type decline struct {
	SignerID   string    `json:"signer_id"`
	Reason     string    `json:"reason"`
	DeclinedAt time.Time `json:"declined_at"`
}

type signer struct {
	ID       string
	Status   string
	Info     person
	Level    string
	Mode     string
	Delivery *string
	Redirect redirects
	Fields   []field // that were asked for; those of anchors come from the documents
	Link     link
	Code     code
	SignedAt time.Time
	Evidence evidence
}

// person is who signs: the info of the API.
type person struct {
	FirstName   string  `json:"first_name"`
	LastName    string  `json:"last_name"`
	Email       string  `json:"email"`
	PhoneNumber *string `json:"phone_number"`
	Locale      string  `json:"locale"`
}

func (p person) name() string { return p.FirstName + " " + p.LastName }

type redirects struct {
	Success *string `json:"success"`
	Error   *string `json:"error"`
	Decline *string `json:"decline"`
}

// link is the capability that the signature_link carries.
type link struct {
	Secret  string
	Expires time.Time
	Opened  bool
}

// code is the SMS code and how it was used.
type code struct {
	Digits string // empty: none is open
	SentAt time.Time
	Sends  int       // since Since
	Wrong  int       // entries since the code was sent
	Since  time.Time // when the count of sends began
}

// evidence is what the audit trail tells of a signer.
type evidence struct {
	Address     string // of the network
	ValidatedAt time.Time
	ConsentAt   time.Time
	Signatures  []evidenceSignature
}

type evidenceSignature struct {
	DocumentID  string
	Hash        string
	Certificate string
	At          time.Time
}

type document struct {
	ID        string
	Filename  string
	Nature    string
	SHA256    string
	Pages     int
	CreatedAt time.Time
	Anchors   []anchor
	Revision  int // how many signatures its newest file holds
	PreSigned bool
	Boxes     [][4]float64 // of its pages: left, bottom, right, top
}

// field is a place to sign, in points from the upper left corner of the page.
type field struct {
	ID         string  `json:"id"`
	DocumentID string  `json:"document_id"`
	Type       string  `json:"type"`
	Page       int     `json:"page"`
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
}

// delivery is one event on its way to the webhook.
type delivery struct {
	EventID  string
	Name     string
	Body     string    // its exact bytes; dropped once nobody needs them
	Attempts int       // that were made
	Next     time.Time // when to try (again)
	Held     bool      // whether a fault already held it back
	Ended    string    // "delivered", "given up", "dropped"; empty while it is pending
}

// clone makes a copy that can be changed and thrown away.
func (r *request) clone() *request {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a request holds nothing that JSON cannot write
	}
	var c request
	if err := json.Unmarshal(text, &c); err != nil {
		panic(err)
	}
	return &c
}

func (r *request) signer(id string) *signer {
	i := slices.IndexFunc(r.Signers, func(g *signer) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return r.Signers[i]
}

func (r *request) document(id string) *document {
	i := slices.IndexFunc(r.Documents, func(d *document) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return r.Documents[i]
}

// fields are all places where g signs: what was asked for, then the anchors with its number.
func (r *request) fields(g *signer) []field {
	all := slices.Clone(g.Fields)
	number := slices.Index(r.Signers, g) + 1
	for _, d := range r.Documents {
		for i, a := range d.Anchors {
			if a.Signer == number {
				all = append(all, a.field(d.ID, i))
			}
		}
	}
	return all
}
