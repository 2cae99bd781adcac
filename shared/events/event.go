// Package events is the catalogue of everything that is said between the functions, and its form on the wire:
// CloudEvents 1.0 over HTTP (https://github.com/cloudevents/spec).
package events

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// Event is one thing said about one contract.
type Event struct {
	ID          string      // unique with Source; the same in every repetition
	Source      string      // the function that said it: "send-mail"
	Subject     contract.ID // the contract; empty only where IsAboutContract is false
	Time        time.Time   // when it was said
	Traceparent string      // W3C Trace Context of the work that it belongs to
	Signature   Signature   // its author's, over all of this but the trace; empty until it is said
	Payload     Payload

	data []byte // the payload as it came or was signed; nil in an event that is being made
}

// Payload is what is said: one struct of this package each. Type is its name on the wire without the prefix.
type Payload interface{ Type() string }

// IsAboutContract reports whether what is said is about one contract, as all is but the clock's ticks and sweeps.
func IsAboutContract(p Payload) bool {
	switch p.(type) {
	case ClockTicked, SweepDue:
		return false
	}
	return true
}

// Catalogue holds one value of everything that can be said. What is not in it is unknown to the whole system.
var Catalogue = []Payload{
	ContractDrafted{}, ContractPreparing{}, ContractSent{}, ContractRecorded{}, ContractSigned{},
	ContractCompleted{}, ContractDeclined{}, ContractExpired{}, ContractCancelled{}, ContractDue{},
	DocumentGenerated{}, DocumentRefused{},
	SignatureOpened{}, SignatureChecked{}, SignatureFailed{}, SignatureReported{},
	MailSent{}, MailFailed{}, MailRefused{},
	SweepDue{},
	ClockTicked{},
	GenerateDocument{}, OpenSignature{}, CheckSignature{}, CancelSignature{}, SendMail{},
}

// Reply makes the event that source publishes in answer to an event. Its id is derived from the event received, who
// answers and what is answered: the same event received twice is answered twice with the same id, and counts once. Its
// time is left to the one who publishes it.
func Reply(in Event, source string, p Payload) (Event, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return Event{}, fmt.Errorf("encode %s: %w", p.Type(), err)
	}
	return Event{
		ID:          DerivedID(in.Source, in.ID, source, p.Type(), string(data)),
		Source:      source,
		Subject:     in.Subject,
		Traceparent: in.Traceparent,
		Payload:     p,
	}, nil
}

// DerivedID makes an id of 26 letters and digits out of what determines an event. The parts are told apart by
// their lengths, so no two lists of parts can run together.
func DerivedID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil))[:26])
}
