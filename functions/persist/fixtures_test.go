package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// noon is when these tests begin.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// draft is a contract with two signers, which nobody has made yet.
func draft() persistclient.Draft {
	return persistclient.Draft{
		ID: contract.ID(newID()), Template: "service-agreement/1", Language: "fr", Title: "Contrat de services", Data: []byte(`{"price":12}`),
		Deadline: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
		People: []persistclient.Person{
			{ID: "s1", FirstName: "Zoé", LastName: "Müller", Email: "Zoe@Example.org", Phone: "+33612345678", Locale: "fr"},
			{ID: "s2", FirstName: "Ada", LastName: "O'Neil", Email: "ada@example.org", Phone: "+447700900123", Locale: "en"},
		},
	}
}

// made is a draft on record.
func (r *room) made() persistclient.View {
	r.t.Helper()
	v, err := r.manager.Create(context.Background(), draft(), persistclient.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

const token = "p1.local.sealed"

// preparing is a contract that its owner has sent off.
func (r *room) preparing() persistclient.View {
	r.t.Helper()
	v := r.made()
	v, err := r.manager.Perform(context.Background(), v.ID, sendWish(v.Version), persistclient.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func sendWish(version int64) persistclient.Action {
	return persistclient.Action{Kind: lifecycle.Send, Version: version, Attempt: &persistclient.Attempt{Number: 1, Token: token}}
}

// checked is the service's answer about the contract of these tests.
func checked(state events.SignatureState) events.SignatureChecked {
	return events.SignatureChecked{Attempt: 1, State: state}
}

// signedWithCopies is the answer that everyone signed, with both documents.
func signedWithCopies() events.SignatureChecked {
	done := checked(events.SignatureDone)
	signedCopy, trail := persistclient.DocumentOf(aPDF), persistclient.DocumentOf(proof)
	done.SignedCopy, done.Proof = &signedCopy, &trail
	return done
}

// ended makes a contract end in this status, by what the signature service says and the mail service takes.
func (r *room) ended(id contract.ID, status contract.Status) {
	r.t.Helper()
	states := map[contract.Status]events.SignatureState{
		contract.Declined: events.SignatureDeclined, contract.Expired: events.SignatureExpired, contract.Cancelled: events.SignatureCancelled,
	}
	if state, over := states[status]; over {
		r.hears(id, checked(state))
		return
	}
	r.hears(id, signedWithCopies())
	for _, to := range []string{contract.ToOwner, "s1", "s2"} {
		if status == contract.Completed {
			r.hears(id, events.MailSent{Letter: contract.SignedCopyLetter, Occasion: 1, Recipient: to})
		}
	}
}

// invitation is a letter to the first signer.
var invitation = contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: "s1"}

func opened() events.SignatureOpened {
	return events.SignatureOpened{Attempt: 1, ID: "req-1", Signers: map[string]string{"s1": "y1", "s2": "y2"}}
}

// sent is a contract that waits for its signers, with an invitation that is not sent.
func (r *room) sent() persistclient.View {
	r.t.Helper()
	v := r.preparing()
	r.hears(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(aPDF), Anchors: 2})
	r.hears(v.ID, opened())
	return r.stands(v.ID)
}

// hears tells persist something said by the function that may say it, for the first time and with its documents.
func (r *room) hears(id contract.ID, p events.Payload) []events.Event {
	r.t.Helper()
	said, err := r.ledger.hearWith(context.Background(), r.event(id, p), filesOf(p))
	if err != nil {
		r.t.Fatalf("%s: %v", p.Type(), err)
	}
	return said
}

// What the documents of these tests are.
var (
	aPDF  = []byte("%PDF-1.7 \x00\xff\r\n--")
	proof = []byte("%PDF-1.4 proof")
)

// filesOf are the documents that a fact names.
func filesOf(p events.Payload) (files []file) {
	for _, named := range documentsIn(p) {
		for _, pdf := range [][]byte{aPDF, proof} {
			if named.SHA256 == digestOf(pdf) {
				files = append(files, file{named.SHA256, pdf})
			}
		}
	}
	return files
}

// event is what the one who may say p says about a contract, as it is heard.
func (r *room) event(id contract.ID, p events.Payload) events.Verified {
	r.t.Helper()
	return r.believed(r.signed(r.said(id, p)))
}

// said is that before it is signed.
func (r *room) said(id contract.ID, p events.Payload) events.Event {
	return events.Event{ID: newID(), Source: events.Author(p), Subject: id, Time: r.clock.now(), Payload: p}
}

// signed is an event signed by its source, whoever may say such a thing.
func (r *room) signed(e events.Event) events.Event {
	r.t.Helper()
	if key := r.keys.functions[e.Source]; len(key) > 0 {
		var err error
		if e, err = e.Sign(key[0].ID, key[0].Key()); err != nil {
			r.t.Fatal(err)
		}
	}
	return e
}

func (r *room) believed(e events.Event) events.Verified {
	r.t.Helper()
	v, err := events.Verify(e, events.ByBroker(), r.keys.settings().FunctionKeys)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *room) stands(id contract.ID) persistclient.View {
	r.t.Helper()
	v, err := r.function(orchestrate).Contract(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// query reads one value as the superuser, whom no policy binds.
func (r *room) query(into any, sql string, args ...any) {
	r.t.Helper()
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := c.QueryRow(context.Background(), sql, args...).Scan(into); err != nil {
		r.t.Fatal(fmt.Errorf("%s: %w", sql, err))
	}
}

func validDraft() string {
	text, err := json.Marshal(draft())
	if err != nil {
		panic(err) // a draft is JSON
	}
	return string(text)
}
