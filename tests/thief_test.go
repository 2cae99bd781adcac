package tests

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/scenario"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// states returns what tells everything on record: two answers that are equal have nothing between them.
func states(t *testing.T, o *devstack.Stack) func() string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), o.Run.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	var statement string
	err = c.QueryRow(t.Context(), `SELECT string_agg(format('SELECT %L || md5(coalesce(string_agg(t::text, %L ORDER BY t::text), %L)) FROM %I.%I t',
			table_name || ' ', E'\n', '', table_schema, table_name), ' UNION ALL ' ORDER BY table_name)
		FROM information_schema.tables WHERE table_schema = current_schema()`).Scan(&statement)
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		rows, _ := c.Query(context.Background(), statement) // its error is that of collecting
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) < 10 {
			t.Fatalf("%d tables, %v", len(tables), err)
		}
		return strings.Join(tables, "\n")
	}
}

// stolen is the key of one function, in the hands of somebody who reaches every address.
func stolen(t *testing.T, o *devstack.Stack, name string) auth.PrivateKeys {
	t.Helper()
	settings, err := o.Environment(name)
	if err != nil {
		t.Fatal(err)
	}
	var keys auth.PrivateKeys
	for _, s := range settings {
		if value, is := strings.CutPrefix(s, "FUNCTION_KEY="); is {
			err = keys.Decode(value)
		}
	}
	if err != nil || len(keys) == 0 {
		t.Fatalf("%s has no key: %v", name, err)
	}
	return keys
}

// signed is an event signed by this key, whoever it says that it is from.
func signed(t *testing.T, e events.Event, key auth.PrivateKeys, called string) events.Event {
	t.Helper()
	s, err := e.Sign(called, key[0].Key())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// carry gives an address an event as the Broker does.
func carry(t *testing.T, address string, e events.Event) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := events.WriteRequest(t.Context(), e, r); err != nil {
		t.Fatal(err)
	}
	return sent(t, r)
}

func sent(t *testing.T, r *http.Request) int {
	t.Helper()
	answer, err := caller.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode + 0*len(fmt.Sprint(answer.Body.Close()))
}

// bring gives persist a fact with these documents, as the function of this name with its key.
func bring(t *testing.T, o *devstack.Stack, name string, about string, e events.Event, files ...[]byte) int {
	t.Helper()
	text, err := events.Structured(e)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, content := range append([][]byte{text}, files...) {
		part, err := parts.CreatePart(textproto.MIMEHeader{})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = parts.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.Run.Functions["persist"]+"/contracts/"+about+"/facts", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/mixed; boundary="+parts.Boundary())
	if err := asking(t, o, name).Authorize(r); err != nil {
		t.Fatal(err)
	}
	return sent(t, r)
}

// asking is a client of persist with the key of the function of this name.
func asking(t *testing.T, o *devstack.Stack, name string) *persistclient.Client {
	t.Helper()
	self, err := auth.NewAuthor(function.Boot{Name: name}, stolen(t, o, name), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &persistclient.Client{Address: o.Run.Functions["persist"], HTTP: caller, Self: self, Now: time.Now}
}

// disguised is what somebody with the key of one function may make of what another says.
func disguised(t *testing.T, thief string, key auth.PrivateKeys, about string, p events.Payload) map[string]events.Event {
	t.Helper()
	author := events.Author(p)
	e := events.Event{ID: fmt.Sprintf("%s-%s", thief, p.Type()), Source: author, Subject: contract.ID(about), Time: time.Now(), Payload: p}
	own := e
	own.Source = thief
	return map[string]events.Event{
		"unsigned": e, "in its author's name": signed(t, e, key, thief), "with its author's name on the key": signed(t, e, key, author),
		"in the thief's name": signed(t, own, key, thief), "in the thief's name, with its author's on the key": signed(t, own, key, author),
	}
}

// everyoneSigned is the fact with which a contract would be signed, with a false copy and a false proof.
func everyoneSigned(copied, proof []byte) events.SignatureChecked {
	c, p := persistclient.DocumentOf(copied), persistclient.DocumentOf(proof)
	return events.SignatureChecked{Attempt: 1, State: events.SignatureDone, SignedCopy: &c, Proof: &p}
}

// A stolen key of one function does only what that function does. Every fact and every command, under every function's key,
// by every way in: at every function's own route for events, through the Broker, brought to persist, among the dead letters
// and from there through the Broker again. Nothing is taken, and nothing changes: not on record, not at the signature
// service, and no notification goes out.
func TestAStolenKeyPublishesOnlyItsOwnEvents(t *testing.T) {
	t.Parallel()
	s := openScene(t)
	copied, proof := []byte("%PDF-1.7 a false copy"), []byte("%PDF-1.7 a false proof")
	payloads := map[string]events.Payload{}
	for _, p := range append(slices.Clone(events.Catalogue), everyoneSigned(copied, proof)) {
		payloads[p.Type()] = p
	}
	delete(payloads, events.ClockTicked{}.Type()) // anybody may say that time passed
	before, outside := s.settled(t), s.outside(t)
	for thief := range s.Run.Functions {
		key := stolen(t, s.Stack, thief)
		for kind, p := range payloads {
			if events.Author(p) == thief {
				continue
			}
			for how, e := range disguised(t, thief, key, s.contract, p) {
				s.tryEverywhere(t, fmt.Sprintf("%s with %s's key, %s", kind, thief, how), thief, e, copied, proof)
			}
		}
	}
	eventually(t, "the Broker has given up", func() bool { return s.Broker().Pending() == 0 })
	if after := s.state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
	if now := s.outside(t); now != outside {
		t.Errorf("outside there is\n%s\nthere was\n%s", now, outside)
	}
}

// outside is what the signature service holds, and how many notifications there are.
func (s *scene) outside(t *testing.T) string {
	t.Helper()
	held, err := s.Yousign().Holds()
	if err != nil {
		t.Fatal(err)
	}
	notifications := 0
	for _, to := range []string{"link1@example.org", "link2@example.org", "customer@paraphe.example", s.Run.Accounts[0].Email} {
		mails, err := scenario.Mails(t.Context(), s.Run.Mailbox, to)
		if err != nil {
			t.Fatal(err)
		}
		notifications += len(mails)
	}
	return fmt.Sprintf("%+v, %d notifications", held, notifications)
}

func (s *scene) tryEverywhere(t *testing.T, what, thief string, e events.Event, files ...[]byte) {
	t.Helper()
	for name, address := range s.Run.Functions {
		if got := carry(t, address, e); got < 400 || got >= 500 {
			t.Errorf("%s, sent to %s: %d", what, name, got)
		}
	}
	if got := carry(t, s.Run.Broker, e); got != http.StatusAccepted {
		t.Errorf("%s: the Broker answered %d", what, got)
	}
	if _, checked := e.Payload.(events.SignatureChecked); !checked {
		files = nil
	}
	if got := bring(t, s.Stack, thief, s.contract, e, files...); got != http.StatusForbidden && got != http.StatusUnprocessableEntity {
		t.Errorf("%s, brought to persist: %d", what, got)
	}
	if got := carry(t, s.Run.Functions["persist"]+"/dead-letters", e); got != http.StatusForbidden {
		t.Errorf("%s, as a dead letter: %d", what, got)
	}
}

// A person's token, taken out of a browser or a log, opens nothing at persist's own address: none of its questions, alone
// or beside a token of any function but orchestrate, and none of orchestrate's calls.
func TestEveryQuestionAsEverybodyAtPersistsOwnAddress(t *testing.T) {
	t.Parallel()
	s := openScene(t)
	before := s.settled(t)
	calls := slices.Concat(patterns(t, "../functions/persist/httpapi/routes.go"), patterns(t, "../functions/orchestrate/routes.go"))
	for _, pattern := range append(calls, "POST /dead-letters") {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{id}", s.contract, "{number}", "1", "{name}", "service-agreement", "{version}", "1", "{digest}", strings.Repeat("a", 64)).Replace(path)
		for _, who := range callers {
			for how, header := range s.ways(t, who, method, path) {
				r, err := http.NewRequestWithContext(t.Context(), method, s.Run.Functions["persist"]+path, strings.NewReader(wanted(pattern)))
				if err != nil {
					t.Fatal(err)
				}
				maps.Copy(r.Header, header)
				if got := sent(t, r); got < 400 || got >= 500 {
					t.Errorf("%s as %s, %s: %d", pattern, who, how, got)
				}
			}
		}
	}
	if after := s.state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
}
