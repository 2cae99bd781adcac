package persist

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// made is a draft on record.
func (r *fixture) made() persistclient.View {
	r.t.Helper()
	v, err := r.manager.Create(context.Background(), persistsamples.Draft(), persistclient.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// preparing is a contract that its owner has sent off.
func (r *fixture) preparing() persistclient.View {
	r.t.Helper()
	v := r.made()
	v, err := r.manager.Perform(context.Background(), v.ID, persistsamples.SendAction(v.Version), persistclient.Idempotency{})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// ended makes a contract end in this status, by what the signature service says and the mail service takes.
func (r *fixture) ended(id contract.ID, status contract.Status) {
	r.t.Helper()
	states := map[contract.Status]events.SignatureState{
		contract.Declined: events.SignatureDeclined, contract.Expired: events.SignatureExpired, contract.Cancelled: events.SignatureCancelled,
	}
	if state, over := states[status]; over {
		r.handles(id, persistsamples.Checked(state))
		return
	}
	r.handles(id, persistsamples.SignedWithCopies())
	for _, to := range []string{contract.ToOwner, "s1", "s2"} {
		if status == contract.Completed {
			r.handles(id, events.MailSent{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: to})
		}
	}
}

// invitation is a notification to the first signer.
var invitation = contract.Notification{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"}

// sent is a contract that waits for its signers, with an invitation that is not sent.
func (r *fixture) sent() persistclient.View {
	r.t.Helper()
	v := r.preparing()
	r.handles(v.ID, events.DocumentGenerated{Document: persistclient.DocumentOf(persistsamples.PDF), Anchors: 2})
	r.handles(v.ID, persistsamples.Opened())
	return r.stands(v.ID)
}

// handles tells persist something said by the function that may say it, for the first time and with its documents.
func (r *fixture) handles(id contract.ID, p events.Payload) []events.Event {
	r.t.Helper()
	out, err := r.parts.Contracts.Handle(context.Background(), r.event(id, p), persistsamples.FilesOf(p))
	if err != nil {
		r.t.Fatalf("%s: %v", p.Type(), err)
	}
	return out
}

// event is what the one who may say p says about a contract, as it is received.
func (r *fixture) event(id contract.ID, p events.Payload) events.Verified {
	r.t.Helper()
	return r.verified(r.signed(r.unsigned(id, p)))
}

// unsigned is that before it is signed.
func (r *fixture) unsigned(id contract.ID, p events.Payload) events.Event {
	return events.Event{ID: ids.New(), Source: events.Author(p), Subject: id, Time: r.clock.now(), Payload: p}
}

// signed is an event signed by its source, whoever may say such a thing.
func (r *fixture) signed(e events.Event) events.Event {
	r.t.Helper()
	if key := r.keys.functions[e.Source]; len(key) > 0 {
		var err error
		if e, err = e.Sign(key[0].ID, key[0].Key()); err != nil {
			r.t.Fatal(err)
		}
	}
	return e
}

func (r *fixture) verified(e events.Event) events.Verified {
	r.t.Helper()
	v, err := events.Verify(e, events.ByBroker(), r.keys.settings().FunctionKeys)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *fixture) stands(id contract.ID) persistclient.View {
	r.t.Helper()
	v, err := r.function(access.Orchestrate).Contract(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// query reads one value as the superuser, whom no policy binds.
func (r *fixture) query(into any, sql string, args ...any) {
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
	text, err := json.Marshal(persistsamples.Draft())
	if err != nil {
		panic(err) // a draft is JSON
	}
	return string(text)
}
