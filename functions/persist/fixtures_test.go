package persist

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/record"
)

// draft is a contract with two signers, which nobody has made yet.
func draft() record.Draft {
	return record.Draft{
		ID: contract.ID(newID()), Template: "service-agreement/1", Language: "fr", Title: "Contrat de services", Data: []byte(`{"price":12}`),
		Deadline: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
		People: []record.Person{
			{ID: "s1", FirstName: "Zoé", LastName: "Müller", Email: "Zoe@Example.org", Phone: "+33612345678", Locale: "fr"},
			{ID: "s2", FirstName: "Ada", LastName: "O'Neil", Email: "ada@example.org", Phone: "+447700900123", Locale: "en"},
		},
	}
}

// made is a draft on record.
func (r *room) made() record.View {
	r.t.Helper()
	v, err := r.manager.Create(context.Background(), draft(), record.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

const token = "p1.local.sealed"

// preparing is a contract that its owner has sent off.
func (r *room) preparing() record.View {
	r.t.Helper()
	v := r.made()
	v, err := r.manager.Grant(context.Background(), v.ID, sendWish(v.Version), record.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func sendWish(version int64) record.Wish {
	return record.Wish{Kind: record.Send, Version: version, Attempt: &record.Attempt{Number: 1, Token: token},
		Move: &contract.Move{From: contract.Draft, To: contract.Preparing, Reason: "its owner sent it"}}
}

// invitation is a letter to the first signer.
var invitation = contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: "s1"}

func opened() events.SignatureOpened {
	return events.SignatureOpened{
		Request: contract.Request{Attempt: 1, ID: "req-1", Signers: map[string]string{"s1": "y1", "s2": "y2"}},
		Move:    &contract.Move{From: contract.Preparing, To: contract.Sent}, Letters: []contract.Letter{invitation},
	}
}

// sent is a contract that waits for its signers, with an invitation that is not sent.
func (r *room) sent() record.View {
	r.t.Helper()
	v := r.preparing()
	r.hears(v.ID, events.DocumentGenerated{Document: contract.Document{SHA256: strings.Repeat("a", 64), Size: 9}, Anchors: 2})
	r.hears(v.ID, opened())
	return r.stands(v.ID)
}

// hears tells persist something said by some function, for the first time.
func (r *room) hears(id contract.ID, p events.Payload) []events.Event {
	r.t.Helper()
	said, err := r.ledger.hear(context.Background(), r.event(id, p))
	if err != nil {
		r.t.Fatalf("%s: %v", p.Type(), err)
	}
	return said
}

func (r *room) event(id contract.ID, p events.Payload) events.Event {
	return events.Event{ID: newID(), Source: "somebody", Subject: id, Time: r.clock.now(), Payload: p}
}

func (r *room) stands(id contract.ID) record.View {
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
