package events

import (
	"crypto/ed25519"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// key signs the samples. It is no secret, and the golden files depend on it.
var key = ed25519.NewKeyFromSeed([]byte("the key of samples in this tests"))

var (
	noon         = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	digest       = strings.Repeat("0123456789abcdef", 4)
	copied       = contract.Document{SHA256: digest, Size: 123456, Pages: 4}
	notification = contract.Notification{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", SentAt: noon, Refused: "the mail service does not take it",
		Tries: 3, Deferrals: 2, NextTry: noon, UnclearSince: noon, Lost: 1, Claim: 4, SetAsideAt: noon}
	asked  = contract.Request{Attempt: 1, ID: "request-1", State: contract.Closed, Signers: map[string]string{"s1": "signer-1"}, Signed: true, NotFoundSince: noon}
	signer = contract.Signer{ID: "s1", State: contract.HasSigned, SignedAt: noon}
	stuck  = contract.Trouble{About: "signature", Cause: "signature.unauthorized", Detail: "the signature service answered 401", Since: noon, Last: noon,
		Tries: 2, Ours: true, Stops: true, SetAsideAt: noon}
)

// stands is a contract with every field filled, as no contract ever is.
func stands(s contract.Status) Snapshot {
	return Snapshot{Cause: "mail.sent", Contract: contract.Contract{
		ID: "abcdefghijklmnopqrstuvwxyz", Version: 7, Status: s, Template: "service-agreement/1", Language: "fr", Owner: "u1",
		Signers: []contract.Signer{signer}, Ordered: true, Document: &copied, SignedCopy: &copied, Proof: &copied, Request: &asked,
		Notifications: []contract.Notification{notification}, CancelWanted: true, Troubles: []contract.Trouble{stuck},
		Deadline: noon.AddDate(0, 1, 0), SentAt: noon, UpdatedAt: noon,
	}}
}

// samples holds one of everything in the catalogue, with every field filled.
var samples = []Payload{
	ContractDrafted{stands(contract.Draft)}, ContractPreparing{stands(contract.Preparing)}, ContractSent{stands(contract.Sent)},
	ContractRecorded{stands(contract.Sent)}, ContractSigned{stands(contract.Signed)}, ContractCompleted{stands(contract.Completed)},
	ContractDeclined{stands(contract.Declined)}, ContractExpired{stands(contract.Expired)}, ContractCancelled{stands(contract.Cancelled)},
	ContractDue{stands(contract.Sent)},
	DocumentGenerated{Document: copied, Anchors: 2}, DocumentRefused{Reason: "the fonts lack U+1F600", Field: "services[0].name"},
	SignatureOpened{Attempt: 1, ID: "request-1", Signers: map[string]string{"s1": "signer-1"}},
	SignatureChecked{Attempt: 1, State: SignatureDone, Signers: []contract.Signer{signer}, SignedCopy: &copied, Proof: &copied},
	SignatureFailed{Attempt: 1, Act: "open", Cause: "signature.rejected", Detail: "400 phone_number", Ours: true, Over: true},
	SignatureReported{Service: "yousign", Slot: "main", Request: "request-1", Attempt: 1, TokenSHA256: digest, Delivery: "event-1", Name: "signature_request.done", Look: true},
	MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"},
	MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", Cause: "mail.unauthorized", Detail: "the mail service answered 401", Unclear: true, Ours: true, RetryAfter: 30, Claim: 3},
	MailRefused{Kind: contract.Reminder, Sequence: 2, Recipient: contract.ToOwner, Cause: "mail.too_large", Reason: "it is too large for the mail service", Claim: 1},
	SweepDue{Number: 3, Cursor: "c2FtcGxl"},
	ClockTicked{},
	GenerateDocument{Template: "service-agreement/1"},
	OpenSignature{Attempt: 1}, CheckSignature{Attempt: 1}, CancelSignature{Attempt: 1},
	SendMail{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: "s1"},
}

// event says p as it would be said of the sample contract.
func event(p Payload) Event {
	e := Event{ID: "id-1", Source: "persist", Subject: "abcdefghijklmnopqrstuvwxyz", Time: noon,
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Payload: p}
	if _, clock := p.(ClockTicked); clock {
		e.Source, e.Subject = "/apis/v1/namespaces/paraphe/pingsources/clock", ""
		return e // Knative's clock signs nothing
	}
	if !IsAboutContract(p) {
		e.Subject = ""
	}
	signed, err := e.Sign("persist", key)
	if err != nil {
		panic(err) // a sample can be encoded
	}
	return signed
}
