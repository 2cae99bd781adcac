package persist

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/httpapi"
	"github.com/paraphe/paraphe/functions/persist/store/deadletters"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// dies gives persist a dead letter as a broker does, which it takes.
func (r *fixture) dies(body []byte, headers map[string]string) {
	r.t.Helper()
	if status, out := r.sendsDeadLetter(body, headers); status != http.StatusAccepted {
		r.t.Fatalf("the broker was answered %d %s", status, out)
	}
}

func (r *fixture) sendsDeadLetter(body []byte, headers map[string]string) (int, string) {
	r.t.Helper()
	q := r.request(http.MethodPost, "/dead-letters", string(body))
	for name, value := range headers {
		q.Header.Set(name, value)
	}
	return r.send(q, http.DefaultClient)
}

// deadEvent is the request of an event that generate-doc refused, signed if it comes from one of us.
func (r *fixture) deadEvent(e events.Event) ([]byte, map[string]string) {
	r.t.Helper()
	return r.undelivered(r.signed(e))
}

// undelivered is that as it is, whoever signed it.
func (r *fixture) undelivered(e events.Event) ([]byte, map[string]string) {
	r.t.Helper()
	q, err := http.NewRequest(http.MethodPost, "http://broker", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := events.WriteRequest(context.Background(), e, q); err != nil {
		r.t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(q.Body); err != nil {
		r.t.Fatal(err)
	}
	headers := map[string]string{
		"Ce-Knativeerrordest": "http://generate-doc", "Ce-Knativeerrorcode": "422",
		"Ce-Knativeerrordata": base64.StdEncoding.EncodeToString([]byte(`{"title":"x","detail":"there is no such template"}`)),
	}
	for name := range q.Header {
		headers[name] = q.Header.Get(name)
	}
	return body.Bytes(), headers
}

func (r *fixture) deadLetters(as person) []persistclient.DeadLetter {
	r.t.Helper()
	list, err := as.DeadLetters(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func TestADeadLetterIsKeptWithItsCauseAndReplayed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	e := r.unsigned(r.made().ID, events.GenerateDocument{Template: "service-agreement/1"})
	e.Source = access.Orchestrate
	body, headers := r.deadEvent(e)
	r.dies(body, headers)
	r.dies(body, headers) // the broker did not hear our answer
	list := r.deadLetters(admin)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	l := list[0]
	if l.Type != "dev.paraphe.document.generate" || l.Contract != e.Subject || l.Code != "422" || l.Cause != "there is no such template" {
		t.Errorf("%+v", l)
	}
	if err := admin.ReplayDeadLetter(context.Background(), l.ID); err != nil {
		t.Fatal(err)
	}
	again := r.broker.published[len(r.broker.published)-1]
	key := r.keys.functions[access.Orchestrate].Public()[access.Orchestrate]
	if again.ID != e.ID || again.Source != e.Source || again.Payload != e.Payload || !again.SignedBy(key) {
		t.Errorf("replayed %+v", again)
	}
	if l = r.deadLetters(admin)[0]; l.ReplayedAt.IsZero() {
		t.Error("it is not marked as replayed")
	}
	r.dies(body, headers)
	if l = r.deadLetters(admin)[0]; !l.ReplayedAt.IsZero() {
		t.Error("one that died again looks as if it were done with")
	}
}

// misfit is what an earlier orchestrate said, or a later one: nobody here can read it.
type misfit struct {
	Notification int `json:"kind"`
	kind         string
}

func (m misfit) Type() string { return m.kind }

// What one of our functions said is kept even if nobody can read it, and then it goes nowhere.
func TestADeadLetterThatNobodyCanReadIsKept(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	for _, kind := range []string{"mail.send", "mail.from_the_future"} {
		e := r.unsigned("c1", misfit{7, kind})
		e.Source = access.Orchestrate
		r.dies(r.deadEvent(e))
	}
	list := r.deadLetters(admin)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	for _, l := range list {
		if status, text := r.ask(admin.Client, http.MethodPost, "/dead-letters/"+l.ID+"/replay", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("replaying %s: %d %s", l.Type, status, text)
		}
	}
	if status, _ := r.ask(admin.Client, http.MethodPost, "/dead-letters/unknown/replay", ""); status != http.StatusNotFound {
		t.Errorf("replaying what is not there: %d", status)
	}
}

// Anybody who reaches persist may leave something at this address. What none of our functions said leaves no trace.
func TestAnUnsignedEventIsNoDeadLetter(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	e := r.unsigned(r.made().ID, events.GenerateDocument{})
	before := r.state()
	for what, c := range map[string]struct {
		body    string
		headers map[string]string
		want    int
	}{
		"nothing":         {"", nil, http.StatusUnprocessableEntity},
		"no event":        {"\x00\xff", map[string]string{"Ce-Type": "gar\xffbage", "Ce-Knativeerrordata": "no base64!"}, http.StatusUnprocessableEntity},
		"half an event":   {"{", map[string]string{"Content-Type": "application/cloudevents+json"}, http.StatusUnprocessableEntity},
		"an empty object": {"{}", map[string]string{"Content-Type": "application/cloudevents+json"}, http.StatusUnprocessableEntity},
		"very much":       {strings.Repeat("x", httpapi.DeadLetterLimit+1), map[string]string{"Content-Type": "application/cloudevents+json"}, http.StatusRequestEntityTooLarge},
	} {
		if status, out := r.sendsDeadLetter([]byte(c.body), c.headers); status != c.want {
			t.Errorf("%s: %d %s", what, status, out)
		}
	}
	right, headers := r.deadEvent(e)
	for what, change := range map[string]map[string]string{
		"unsigned": {"Ce-Signature": ""}, "of another id": {"Ce-Id": "x"}, "of another source": {"Ce-Source": access.SendMail}, "of no key": {"Ce-Signaturekey": "x"},
		"of another type": {"Ce-Type": "dev.paraphe.mail.send"}, "about another contract": {"Ce-Subject": ids.New()}, "of another's key": {"Ce-Signaturekey": access.SendMail},
		"a tick of no clock": {"Ce-Type": "dev.knative.sources.ping"},
	} {
		changed := maps.Clone(headers)
		maps.Copy(changed, change)
		if status, out := r.sendsDeadLetter(right, changed); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", what, status, out)
		}
	}
	if after := r.state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
	r.dies(right, headers)
}

// The clock's ticks are not worth keeping: the next one says the same.
func TestATickIsNoDeadLetter(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	before := r.state()
	r.dies(r.deadEvent(tick(r).Event()))
	if after := r.state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
}

// One event is one dead letter, and one function's leave room for the others'.
func TestDeadLettersCannotFillTheDatabase(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	about := r.made().ID
	first, headers := r.deadEvent(r.unsigned(about, events.GenerateDocument{}))
	for i := range 3 {
		headers["Ce-Knativeerrordest"] = fmt.Sprint("http://elsewhere/", i) // anybody may say so
		headers["Ce-Extra"] = strings.Repeat("x", 9000)
		r.dies(first, headers)
	}
	var large int
	r.query(&large, `SELECT max(length(d::text)) FROM dead_letters d`)
	if list := r.deadLetters(admin); len(list) != 1 || list[0].Destination != "http://elsewhere/2" || large > 4000 {
		t.Errorf("one event is kept as %+v, in %d bytes", list, large)
	}
	r.query(new(int), fmt.Sprintf(`WITH full_up AS (INSERT INTO dead_letters SELECT 'x' || n, now(), '', 'orchestrate', '', '', '', '', '{}', decode(repeat('00', %d), 'hex')
		FROM generate_series(1, 16) n RETURNING 1) SELECT count(*) FROM full_up`, 1<<20-deadletters.RowCost-64))
	before := r.state()
	if status, out := r.sendsDeadLetter(r.deadEvent(r.unsigned(about, events.GenerateDocument{}))); status != http.StatusInsufficientStorage {
		t.Errorf("one too many: %d %s", status, out)
	}
	if after := r.state(); after != before {
		t.Error("it was kept all the same")
	}
	r.dies(first, headers) // it is there already
	r.dies(r.deadEvent(r.unsigned(about, events.MailSent{})))
}

func TestAReplayThatTheBrokerDoesNotTakeIsNotMarkedAsDone(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	e := r.unsigned(r.made().ID, events.GenerateDocument{})
	e.Source = access.Orchestrate
	body, headers := r.deadEvent(e)
	r.dies(body, headers)
	r.broker.down = true
	id := r.deadLetters(admin)[0].ID
	if status, text := r.ask(admin.Client, http.MethodPost, "/dead-letters/"+id+"/replay", ""); status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", status, text)
	}
	if l := r.deadLetters(admin)[0]; !l.ReplayedAt.IsZero() {
		t.Error("it is marked as replayed")
	}
}

// What a function said without being its author is refused and, if it is among the dead letters all the same, replaying it
// makes it no truer.
func TestADeadLetterThatItsSourceMayNotPublishIsNotReplayed(t *testing.T) {
	t.Parallel()
	r := newFixture(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	for kind, p := range sayings() {
		author := events.Author(p)
		if author == "" {
			continue // the clock's tick is not even sent on again
		}
		foreign := r.unsigned(r.made().ID, p)
		if foreign.Source = access.SendMail; author == access.SendMail {
			foreign.Source = access.Orchestrate
		}
		foreign = r.signed(foreign)
		unsigned := r.unsigned(foreign.Subject, p)
		touched := r.signed(unsigned)
		touched.ID = ids.New()
		for what, e := range map[string]events.Event{"another's": foreign, "unsigned": unsigned, "touched": touched} {
			if status, out := r.sendsDeadLetter(r.undelivered(e)); status != http.StatusForbidden {
				t.Errorf("%s, %s: %d %s", kind, what, status, out)
			}
			text, err := events.Structured(e)
			if err != nil {
				t.Fatal(err)
			}
			r.query(new(int), `WITH left_there AS (INSERT INTO dead_letters VALUES ($1, now(), $2, $3, '', '', '', '', $4, $5) RETURNING 1) SELECT count(*) FROM left_there`,
				ids.New(), kind, e.Source, deadletters.BodyHeaders, text)
		}
	}
	before := r.state()
	list := r.deadLetters(admin)
	if len(list) != 3*(len(sayings())-1) {
		t.Errorf("%d are there", len(list))
	}
	for _, l := range list {
		if status, text := r.ask(admin.Client, http.MethodPost, "/dead-letters/"+l.ID+"/replay", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%s of %s: %d %s", l.Type, l.Source, status, text)
		}
	}
	if after := r.state(); after != before {
		t.Errorf("something changed:\n%s\nbecame\n%s", before, after)
	}
}
