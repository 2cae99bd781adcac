// Package persistsamples holds the contract, the documents and the events that the tests of persist are about.
package persistsamples

import (
	"time"

	"github.com/paraphe/paraphe/functions/persist/history"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Noon is when these tests begin.
var Noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Draft is a contract with two signers, which nobody has made yet.
func Draft() persistclient.Draft {
	return persistclient.Draft{
		ID: contract.ID(ids.New()), Template: "service-agreement/1", Language: "fr", Title: "Contrat de services", Data: []byte(`{"price":12}`),
		Deadline: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
		People: []persistclient.Person{
			{ID: "s1", FirstName: "Zoé", LastName: "Müller", Email: "Zoe@Example.org", Phone: "+33612345678", Locale: "fr"},
			{ID: "s2", FirstName: "Ada", LastName: "O'Neil", Email: "ada@example.org", Phone: "+447700900123", Locale: "en"},
		},
	}
}

// Token is the sealed message of an attempt.
const Token = "p1.local.sealed"

// SendAction sends a contract of this version off.
func SendAction(version int64) persistclient.Action {
	return persistclient.Action{Kind: lifecycle.Send, Version: version, Attempt: &persistclient.Attempt{Number: 1, Token: Token}}
}

// Checked is the service's answer about the contract of these tests.
func Checked(state events.SignatureState) events.SignatureChecked {
	return events.SignatureChecked{Attempt: 1, State: state}
}

// SignedWithCopies is the answer that everyone signed, with both documents.
func SignedWithCopies() events.SignatureChecked {
	done := Checked(events.SignatureDone)
	signedCopy, trail := persistclient.DocumentOf(PDF), persistclient.DocumentOf(Proof)
	done.SignedCopy, done.Proof = &signedCopy, &trail
	return done
}

// Opened is that the request for the contract was made at the service.
func Opened() events.SignatureOpened {
	return events.SignatureOpened{Attempt: 1, ID: "req-1", Signers: map[string]string{"s1": "y1", "s2": "y2"}}
}

// Reported is a report that is always written down.
func Reported() events.Payload {
	return events.SignatureReported{Service: "yousign", Slot: "main", Request: "req-1", Attempt: 1, TokenSHA256: history.Digest([]byte(Token)), Delivery: ids.New(), Name: "signer.done", Look: true}
}

// What the documents of these tests are.
var (
	PDF   = []byte("%PDF-1.7 \x00\xff\r\n--")
	Proof = []byte("%PDF-1.4 proof")
)

// FilesOf are the documents that a fact names.
func FilesOf(p events.Payload) (files []documents.File) {
	for _, named := range documents.NamedIn(p) {
		for _, pdf := range [][]byte{PDF, Proof} {
			if named.SHA256 == history.Digest(pdf) {
				files = append(files, documents.File{Digest: named.SHA256, PDF: pdf})
			}
		}
	}
	return files
}
