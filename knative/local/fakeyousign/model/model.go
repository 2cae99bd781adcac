// Package model has the nouns of the API (signature requests, signers, documents) and the lifecycle of a request.
package model

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// States of a request and of a signer, as the API writes them.
const (
	StateDraft    = "draft"
	StateOngoing  = "ongoing"
	StateDone     = "done"
	stateDeclined = "declined"
	stateExpired  = "expired"
	stateCanceled = "canceled"
	StateDeleted  = "deleted"

	SignerInitiated  = "initiated"
	SignerNotified   = "notified"
	SignerProcessing = "processing" // asked for a code
	SignerSigned     = "signed"
	SignerDeclined   = "declined"
	signerAborted    = "aborted"
	SignerError      = "error"
)

// Ways to authenticate a signer.
const (
	ModeSMS  = "otp_sms"
	ModeNone = "no_otp"
)

// What a document is for.
const (
	NatureSignable   = "signable_document"
	NatureAttachment = "attachment"
)

// Request is a signature request as it is stored. A zero time or a nil pointer is null in the API.
type Request struct {
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
	Reminders        *Reminders
	MayDecline       bool
	Decline          *decline
	Canceled         string    // why, if it was
	Elsewhere        bool      // whether it was made while the key was one of another workspace
	Signers          []*Signer // in signing order
	Documents        []*Document
	Outbox           []*Delivery // events for the webhook, delivered and pending
	ProofAsked       int         // how often the audit trail was asked for
}

type Reminders struct {
	IntervalInDays int `json:"interval_in_days"`
	MaxOccurrences int `json:"max_occurrences"`
}

type decline struct {
	SignerID   string    `json:"signer_id"`
	Reason     string    `json:"reason"`
	DeclinedAt time.Time `json:"declined_at"`
}

type Signer struct {
	ID       string
	Status   string
	Info     Person
	Level    string
	Mode     string
	Delivery *string
	Redirect Redirects
	Fields   []Field // that were asked for; those of anchors come from the documents
	Link     link
	Code     Code
	SignedAt time.Time
	Evidence Evidence
}

// Person is who signs: the info of the API.
type Person struct {
	FirstName   string  `json:"first_name"`
	LastName    string  `json:"last_name"`
	Email       string  `json:"email"`
	PhoneNumber *string `json:"phone_number"`
	Locale      string  `json:"locale"`
}

func (p Person) Name() string { return p.FirstName + " " + p.LastName }

type Redirects struct {
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

// Code is the SMS code and how it was used.
type Code struct {
	Digits string // empty: none is open
	SentAt time.Time
	Sends  int       // since Since
	Wrong  int       // entries since the code was sent
	Since  time.Time // when the count of sends began
}

// Evidence is what the audit trail shows of a signer.
type Evidence struct {
	Address     string // of the network
	ValidatedAt time.Time
	ConsentAt   time.Time
	Signatures  []EvidenceSignature
}

type EvidenceSignature struct {
	DocumentID  string
	Hash        string
	Certificate string
	At          time.Time
}

type Document struct {
	ID        string
	Filename  string
	Nature    string
	SHA256    string
	Pages     int
	CreatedAt time.Time
	Anchors   []Anchor
	Revision  int // how many signatures its newest file holds
	PreSigned bool
	Boxes     [][4]float64 // of its pages: left, bottom, right, top
}

// Field is a place to sign, in points from the upper left corner of the page.
type Field struct {
	ID         string  `json:"id"`
	DocumentID string  `json:"document_id"`
	Type       string  `json:"type"`
	Page       int     `json:"page"`
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
	Width      float64 `json:"width"`
	Height     float64 `json:"height"`
}

// Delivery is one event on its way to the webhook.
type Delivery struct {
	EventID  string
	Name     string
	Body     string    // its exact bytes; empty once it has ended
	Attempts int       // that were made
	Next     time.Time // when to try (again)
	Held     bool      // whether a fault has delayed it already
	Ended    string    // "delivered", "given up", "dropped"; empty while it is pending
}

// Clone is a deep copy.
func (r *Request) Clone() *Request {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a request holds nothing that JSON cannot write
	}
	var c Request
	if err := json.Unmarshal(text, &c); err != nil {
		panic(err)
	}
	return &c
}

func (r *Request) Signer(id string) *Signer {
	i := slices.IndexFunc(r.Signers, func(g *Signer) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return r.Signers[i]
}

func (r *Request) Document(id string) *Document {
	i := slices.IndexFunc(r.Documents, func(d *Document) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return r.Documents[i]
}

// Fields are all places where g signs: what was asked for, then the anchors with its number.
func (r *Request) Fields(g *Signer) []Field {
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

// Second is a time as the API writes it.
func Second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// LinkAt is the address of a signer's page, or nil if the signer is not notified yet or has finished.
func (g *Signer) LinkAt(publicURL string) any {
	if g.Link.Secret == "" || (g.Status != SignerNotified && g.Status != SignerProcessing) {
		return nil
	}
	return publicURL + "/signatures/" + g.ID + "?s=" + g.Link.Secret
}

func (d *Document) Ref() wire.Object { return wire.Object{"id": d.ID, "nature": d.Nature} }

// Anchor is a place to sign that the document itself names. X and Y are those of its upper left corner.
type Anchor struct {
	Signer        int
	Page          int
	X, Y          float64
	Width, Height float64
}

// field is the signature field that an anchor becomes; its id is the same every time.
func (a Anchor) field(documentID string, index int) Field {
	digest := sha256.Sum256(fmt.Appendf(nil, "%s/%d", documentID, index))
	return Field{
		ID: wire.UUID(digest[:16]), DocumentID: documentID, Type: "signature", Page: a.Page,
		X: a.X, Y: a.Y, Width: a.Width, Height: a.Height,
	}
}

// Box turns a field, counted from the upper left corner, into points of the page.
func (f Field) Box(page [4]float64) [4]float64 {
	left, top := page[0]+f.X, page[3]-f.Y
	return [4]float64{left, top - f.Height, left + f.Width, top}
}
