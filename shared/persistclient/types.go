// Package persistclient asks persist: it is the client of the only questions that functions ask each other, and the form
// of the answers, which persist shares.
package persistclient

import (
	"encoding/json"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// View is a contract with everything that its readers may know, the personal data among it. It is answered over
// HTTP inside the cluster and never travels in an event.
type View struct {
	contract.Contract
	Title       string          `json:"title"`
	Data        json.RawMessage `json:"data"` // what the template's schema asks for
	People      []Person        `json:"people"`
	OwnerName   string          `json:"owner_name"`
	OwnerEmail  string          `json:"owner_email"`
	OwnerLocale string          `json:"owner_locale"` // the language of notifications to the owner
	CreatedAt   time.Time       `json:"created_at"`
	DueAt       time.Time       `json:"due_at,omitzero"`   // when it will be looked at again by itself
	Backoff     int             `json:"backoff,omitempty"` // how often that was done and nothing followed

	// DeadLetters are the events about it that could not be delivered and were not replayed since, oldest first.
	DeadLetters []string `json:"dead_letters,omitempty"`

	// Relation is what the person who asks is to the contract, and with it what they are shown and may do. Zero for a
	// function.
	Relation lifecycle.Relation `json:"relation"`

	// Token is the sealed message of the current attempt. Only orchestrate as itself is given it.
	Token string `json:"token,omitempty"`
}

// Person is a signer as a person. ID is the signer's.
type Person struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`  // E.164
	Locale    string `json:"locale"` // "fr" or "en": the language of notifications and of the signing page
}

// PersonOf returns the signer's personal data, or nil.
func (v *View) PersonOf(signer string) *Person {
	for i := range v.People {
		if v.People[i].ID == signer {
			return &v.People[i]
		}
	}
	return nil
}

// Draft is a contract to be made. Its owner is the person whose token asks.
type Draft struct {
	ID       contract.ID     `json:"id"`
	Template string          `json:"template"` // "service-agreement/1"
	Language string          `json:"language"`
	Title    string          `json:"title"`
	Data     json.RawMessage `json:"data"`
	People   []Person        `json:"people"` // in signing order, with their ids
	Ordered  bool            `json:"ordered"`
	Deadline time.Time       `json:"deadline"`
}

// Action is what a person asked for. persist derives what it makes of the contract by shared/lifecycle.
type Action struct {
	Kind    lifecycle.Action `json:"kind"`
	Version int64            `json:"version"`           // the contract must still have this version; else ErrConflict
	Attempt *Attempt         `json:"attempt,omitempty"` // the sealed message of the attempt that this begins, if it begins one
	About   string           `json:"about,omitempty"`   // SetAside and SendAgain: the trouble that is meant
	Cause   string           `json:"cause,omitempty"`   // Retry and SetAside: every trouble of this cause
	Signer  string           `json:"signer,omitempty"`  // CorrectAddress: whose
	Email   string           `json:"email,omitempty"`   // CorrectAddress: the right one
	Reason  string           `json:"reason,omitempty"`  // in the person's words, for the history; at most 500 characters
}

// Attempt is one try at the signature service. Its token is made once and kept before the service learns of it.
type Attempt struct {
	Number int    `json:"number"`
	Token  string `json:"token"`
}

// Idempotency makes a POST safe to repeat: the same key of the same person with the same request has one effect and
// one answer; with another request it is refused.
type Idempotency struct {
	Key    string // as the client sent it; empty if it sent none
	Digest string // SHA-256 of method, path and body
}

// Query selects contracts for a list, newest first.
type Query struct {
	Status    contract.Status
	Search    string // in the title and the signers' names and addresses
	Attention bool   // only those that a person must look at
	Cause     string // only those that need attention for this cause
	Limit     int    // 1 to 100; 0 means 20
	Cursor    string // of the page before
}

// Page is a part of a list. Next is the cursor of the following part, empty at the end.
type Page struct {
	Items []View `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Entry is one line of a contract's history. The chain is verified by recomputing Hash from PreviousHash and the
// entry's canonical form (functions/persist/history).
type Entry struct {
	Seq          int64           `json:"seq"`
	At           time.Time       `json:"at"`
	Actor        string          `json:"actor"` // "person:<id>", "signer:<id>", "function:<name>"
	What         string          `json:"what"`  // the event's type or the wish: "mail.sent", "action.send"
	Detail       json.RawMessage `json:"detail,omitempty"`
	PreviousHash string          `json:"previous_hash,omitempty"` // as Hash: for who is shown the whole history
	Hash         string          `json:"hash,omitempty"`

	// Words is what the person wrote, such as the reason of a cancellation. Only its salted digest is in the chain,
	// so that it can be erased.
	Words string `json:"words,omitempty"`
}

// User is somebody with an account. PasswordHash is given to orchestrate alone.
type User struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	Name          string    `json:"name"`
	Role          auth.Role `json:"role"`
	Locale        string    `json:"locale"`
	PasswordHash  string    `json:"password_hash,omitempty"` // argon2id, in PHC string form
	Disabled      bool      `json:"disabled,omitempty"`
	Epoch         int64     `json:"epoch,omitempty"`          // counts how often all that opens the account was ended; tokens name it
	EmailVerified bool      `json:"email_verified,omitempty"` // somebody proved that the address is theirs
}

// Identity is somebody whom another issuer vouches for.
type Identity struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`         // never given to another by its issuer
	Email   string    `json:"email,omitempty"` // only if the issuer has verified it
	Name    string    `json:"name"`
	Role    auth.Role `json:"role"`
	Locale  string    `json:"locale"`
}

// Session is a refresh token by its SHA-256 in hexadecimal. All that came from one log-in share a family. The first of a
// family says whose failures the log-in makes forgotten (Source), and which session it takes the place of in its browser.
type Session struct {
	User      string    `json:"user"`
	Family    string    `json:"family"`
	Digest    string    `json:"digest"`
	ExpiresAt time.Time `json:"expires_at"`
	Epoch     int64     `json:"epoch,omitempty"` // of the account as it was when the password was right

	Source   string `json:"source,omitempty"`
	Replaces string `json:"replaces,omitempty"` // by the digest of its refresh token
}

// Renewal is who goes on with a session. Digests are those of the refresh tokens that followed the one that was presented,
// the one in force last: one, unless that one was used already, a moment ago.
type Renewal struct {
	User
	Digests []string `json:"digests,omitempty"`
}

// Link is what the link in a notification opens: one contract, as one signer.
type Link struct {
	Contract contract.ID `json:"contract"`
	Signer   string      `json:"signer"`
}

// DeadLetter is an event that nobody could take, as it came, with why.
type DeadLetter struct {
	ID          string      `json:"id"`
	At          time.Time   `json:"at"`
	Type        string      `json:"type"`
	Source      string      `json:"source"`
	Contract    contract.ID `json:"contract,omitempty"`
	Destination string      `json:"destination"` // who refused it
	Code        string      `json:"code"`        // with which HTTP status
	Cause       string      `json:"cause"`
	ReplayedAt  time.Time   `json:"replayed_at,omitzero"`
}
