package persist

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/record"
)

// dies gives persist a dead letter as a broker does.
func (r *room) dies(body []byte, headers map[string]string) {
	r.t.Helper()
	q, err := http.NewRequest(http.MethodPost, r.address+"/dead-letters", bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range headers {
		q.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusAccepted {
		r.t.Fatalf("the broker was answered %s", a.Status)
	}
}

// deadEvent is the request of an event that generate-doc refused, signed if it comes from one of us.
func (r *room) deadEvent(e events.Event) ([]byte, map[string]string) {
	r.t.Helper()
	e = r.signed(e)
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

func (r *room) deadLetters(as person) []record.DeadLetter {
	r.t.Helper()
	list, err := as.DeadLetters(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func TestADeadLetterIsKeptWithItsCauseAndReplayed(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	e := r.said(r.made().ID, events.GenerateDocument{Template: "service-agreement/1"})
	e.Source = orchestrate
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
	again := r.broker.said[len(r.broker.said)-1]
	key := r.keys.functions[orchestrate].Public()[orchestrate]
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

func TestWhateverComesAsADeadLetterIsKept(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	for _, c := range []struct {
		body    string
		headers map[string]string
	}{
		{"", nil},
		{"\x00\xff no event", map[string]string{"Ce-Type": "gar\xffbage", "Ce-Knativeerrordata": "no base64!"}},
		{"{", map[string]string{"Content-Type": "application/cloudevents+json"}},
		{strings.Repeat("x", 100_000), map[string]string{"Ce-Type": strings.Repeat("y", 5000)}},
	} {
		r.dies([]byte(c.body), c.headers)
	}
	list := r.deadLetters(admin)
	if len(list) != 4 {
		t.Errorf("%d are kept", len(list))
	}
	for _, l := range list {
		if status, text := r.ask(admin.Client, http.MethodPost, "/dead-letters/"+l.ID+"/replay", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("replaying what is no event: %d %s", status, text)
		}
	}
	if status, _ := r.ask(admin.Client, http.MethodPost, "/dead-letters/unknown/replay", ""); status != http.StatusNotFound {
		t.Errorf("replaying what is not there: %d", status)
	}
}

func TestAReplayThatTheBrokerDoesNotTakeIsNotMarkedAsDone(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	e := r.said(r.made().ID, events.GenerateDocument{})
	e.Source = orchestrate
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

// Whoever is inside can leave a letter here, and an administrator cannot see who wrote it: replaying makes none true.
func TestADeadLetterThatNoAuthorSignedIsNotReplayed(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	admin := r.account(auth.Administrator, "admin@example.org")
	id := r.made().ID
	forged, due := r.said(id, opened()), r.said(id, events.ContractDue{})
	forged.Source, due.Source = sendMail, Manifest.Name
	unsigned := r.said(id, events.GenerateDocument{})
	unsigned.Source = "somebody"
	for _, e := range []events.Event{unsigned, forged} { // unsigned; signed by one who may not say it
		r.dies(r.deadEvent(e))
	}
	body, headers := r.deadEvent(due)
	headers["Ce-Id"] = "another" // of our own name, but not as we signed it
	r.dies(body, headers)
	before := len(r.broker.said)
	for _, l := range r.deadLetters(admin) {
		if status, text := r.ask(admin.Client, http.MethodPost, "/dead-letters/"+l.ID+"/replay", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%s of %s: %d %s", l.Type, l.Source, status, text)
		}
	}
	if len(r.broker.said) != before {
		t.Errorf("%d events went out", len(r.broker.said)-before)
	}
}
