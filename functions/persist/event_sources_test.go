package persist

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/store/documents"
	"github.com/paraphe/paraphe/internal/testkit/persistsamples"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// state is everything on record, and what was published: two that are equal have nothing between them.
func (r *fixture) state() string {
	r.t.Helper()
	c, err := pgx.Connect(context.Background(), string(r.owner))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, err := c.Query(context.Background(), `SELECT table_name, (xpath('/row/d/text()', query_to_xml(format(
			'SELECT md5(coalesce(string_agg(t::text, %L ORDER BY t::text), %L)) AS d FROM %I.%I t', E'\n', '', table_schema, table_name), false, true, '')))[1]::text
		FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`)
	if err != nil {
		r.t.Fatal(err)
	}
	out := fmt.Sprint(len(r.broker.types()))
	tables := 0
	for rows.Next() {
		var table, digest string
		if err := rows.Scan(&table, &digest); err != nil {
			r.t.Fatal(err)
		}
		out += "\n" + table + " " + digest
		tables++
	}
	if err := rows.Err(); err != nil || tables < 10 {
		r.t.Fatalf("%d tables, %v", tables, err)
	}
	return out
}

// sayings are one of everything that can be said, each as it would change a contract that waits for its signers or, if
// that cannot be, as an empty one.
func sayings() map[string]events.Payload {
	all := map[string]events.Payload{}
	copied, proved := persistclient.DocumentOf(persistsamples.PDF), persistclient.DocumentOf(persistsamples.Proof)
	everyoneSigned := events.SignatureChecked{Attempt: 1, State: events.SignatureDone, SignedCopy: &copied, Proof: &proved,
		Signers: []contract.Signer{{ID: "s1", State: contract.HasSigned}, {ID: "s2", State: contract.HasSigned}}}
	for _, p := range slices.Concat(events.Catalogue, []events.Payload{
		events.DocumentGenerated{Document: copied, Anchors: 2}, persistsamples.Opened(), everyoneSigned, persistsamples.Reported(),
		events.MailSent{Kind: contract.Invitation, Sequence: 1, Recipient: "s1"},
		events.MailFailed{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", Cause: "mail.unauthorized", Ours: true},
		events.MailRefused{Kind: contract.Invitation, Sequence: 1, Recipient: "s1", Reason: "r"},
	}) {
		all[p.Type()] = p
	}
	return all
}

// disguises are the events with which somebody who has this function's key may try to say what is another's to say.
func (r *fixture) disguises(thief string, about contract.ID, p events.Payload) map[string]events.Event {
	r.t.Helper()
	author, key := events.Author(p), r.keys.functions[thief][0]
	all := map[string]events.Event{}
	for what, d := range map[string]struct{ source, key string }{
		"in its own name": {thief, thief}, "in its author's name": {author, thief}, "with its author's name on the key": {author, author},
		"in its own name, with its author's on the key": {thief, author}, "as a clock": {"/apis/v1/namespaces/paraphe/pingsources/clock", thief},
	} {
		e := r.unsigned(about, p)
		e.Source = d.source
		signed, err := e.Sign(d.key, key.Key())
		if err != nil {
			r.t.Fatal(err)
		}
		all[what] = signed
	}
	for what, change := range map[string]func(*events.Event){
		"its author's, unsigned":          func(e *events.Event) { e.Signature = events.Signature{} },
		"its author's, under another id":  func(e *events.Event) { e.ID = ids.New() },
		"its author's, about another one": func(e *events.Event) { e.Subject = contract.ID(ids.New()) },
	} {
		e := r.signed(r.unsigned(about, p))
		change(&e)
		all[what] = e
	}
	return all
}

// carried is the status with which persist answers the Broker that brings it an event.
func (r *fixture) carried(e events.Event) int {
	r.t.Helper()
	q := r.request(http.MethodPost, "/", "")
	if err := events.WriteRequest(r.t.Context(), e, q); err != nil {
		r.t.Fatal(err)
	}
	status, _ := r.send(q, http.DefaultClient)
	return status
}

// brought is the status with which persist answers a function that brings a fact itself, with its documents.
func (r *fixture) brought(function string, about contract.ID, e events.Event) int {
	r.t.Helper()
	text, err := events.Structured(e)
	if err != nil {
		r.t.Fatal(err)
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, content := range append([][]byte{text}, bytesOf(persistsamples.FilesOf(e.Payload))...) {
		part, err := parts.CreatePart(textproto.MIMEHeader{})
		if err != nil {
			r.t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = parts.Close()
	q := r.request(http.MethodPost, "/contracts/"+string(about)+"/facts", body.String())
	if err := r.function(function).Authorize(q); err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "multipart/mixed; boundary="+parts.Boundary())
	status, _ := r.send(q, http.DefaultClient)
	return status
}

func bytesOf(files []documents.File) (all [][]byte) {
	for _, f := range files {
		all = append(all, f.PDF)
	}
	return all
}

// Whoever has one function's key says what that function says, and nothing else, by whatever way it comes in: of every
// fact and every command, with every key, and everything else as it is right.
func TestWhatIsNotItsAuthorsIsRefusedByEveryWayAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.sent()
	for kind, p := range sayings() {
		if kind == (events.ClockTicked{}).Type() {
			continue // below
		}
		before := r.state()
		for thief := range maps.Keys(r.keys.functions) {
			for what, e := range r.disguises(thief, v.ID, p) {
				theirs := thief == events.Author(p) && e.Source == thief && e.SignedBy(r.keys.functions[thief].Public()[thief])
				if theirs {
					continue
				}
				if got := r.carried(e); got != http.StatusUnprocessableEntity {
					t.Errorf("%s by %s's key, %s, from the Broker: %d", kind, thief, what, got)
				}
				if got := r.brought(thief, v.ID, e); got != http.StatusForbidden && got != http.StatusUnprocessableEntity {
					t.Errorf("%s by %s's key, %s, by hand: %d", kind, thief, what, got)
				}
			}
		}
		if after := r.state(); after != before {
			t.Errorf("%s changed something:\n%s\nbecame\n%s", kind, before, after)
		}
	}
}

// What its author did sign is still not for everybody to bring, and not for every contract.
func TestAFactIsBroughtByItsAuthorForItsContract(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v, other := r.sent(), r.made()
	before := r.state()
	for kind, p := range sayings() {
		author := events.Author(p)
		if author == "" {
			continue // the clock signs nothing
		}
		e := r.signed(r.unsigned(v.ID, p))
		for name := range r.keys.functions {
			if name == author {
				continue
			}
			if got := r.brought(name, v.ID, e); got != http.StatusForbidden && got != http.StatusUnprocessableEntity {
				t.Errorf("%s brought by %s: %d", kind, name, got)
			}
		}
		if got := r.brought(author, other.ID, e); got != http.StatusForbidden && got != http.StatusUnprocessableEntity {
			t.Errorf("%s brought for another contract: %d", kind, got)
		}
		if after := r.state(); after != before {
			t.Errorf("%s changed something:\n%s\nbecame\n%s", kind, before, after)
		}
	}
}

// Without this, nobody knows why the others are refused.
func TestEveryFactIsTakenFromItsAuthor(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	brings := []string{access.GenerateDoc, access.Orchestrate, access.SendMail}
	for _, in := range Manifest.Consumes {
		p, v := sayings()[in.Type()], r.sent()
		switch p.(type) {
		case events.DocumentGenerated, events.DocumentRefused, events.SignatureOpened:
			v = r.preparing()
		case events.ClockTicked:
			continue
		}
		if author := events.Author(p); slices.Contains(brings, author) {
			if got := r.brought(author, v.ID, r.signed(r.unsigned(v.ID, p))); got != http.StatusNoContent {
				t.Errorf("%s brought by %s: %d", p.Type(), author, got)
			}
		}
		want := http.StatusOK
		if len(documents.NamedIn(p)) > 0 {
			want = http.StatusUnprocessableEntity // they come with it, or it does not count
			v = r.preparing()
			if p.Type() != (events.DocumentGenerated{}).Type() {
				v = r.sent()
			}
		}
		if got := r.carried(r.signed(r.unsigned(v.ID, p))); got != want && got != http.StatusAccepted {
			t.Errorf("%s from the Broker: %d, want %d", p.Type(), got, want)
		}
	}
}

// persist remembers what it received by source and id. A tick needs no signature, so it must not pass for another's event: the
// true one would be answered as one that was received.
func TestATickTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	v := r.preparing()
	fact := r.signed(r.unsigned(v.ID, events.DocumentRefused{Reason: "r"}))
	r.clock.pass(time.Hour) // so that the contract is due, and the tick is answered with something
	forged := events.Event{ID: fact.ID, Source: fact.Source, Time: fact.Time, Payload: events.ClockTicked{}}
	if got := r.carried(forged); got != http.StatusUnprocessableEntity {
		t.Errorf("the tick: %d", got)
	}
	if got := r.carried(fact); got != http.StatusOK || r.stands(v.ID).Version != v.Version+1 {
		t.Errorf("the fact after it: %d", got)
	}
}
