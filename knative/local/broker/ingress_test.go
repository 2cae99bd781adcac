package broker

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends a raw request to b's ingress.
func ask(b *Broker, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

func TestOnlyCloudEventsAreAccepted(t *testing.T) {
	t.Parallel()
	b, listener, _ := pair(t, quick, nil)
	binary := []string{"Ce-Id", "1", "Ce-Source", "s", "Ce-Type", "t", "Ce-Specversion", "1.0", "Content-Type", "application/json"}
	structured := []string{"Content-Type", "application/cloudevents+json"}
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		want               int
	}{
		"binary mode":                      {"POST", "/", `{}`, binary, 202},
		"as in a cluster":                  {"POST", "/paraphe/default", `{}`, binary, 202},
		"structured mode":                  {"POST", "/", `{"specversion":"1.0","id":"2","source":"s","type":"t","data":{}}`, structured, 202},
		"data that only claim to be JSON":  {"POST", "/", `{"`, binary, 202},
		"another broker":                   {"POST", "/paraphe/other", `{}`, binary, 404},
		"no event":                         {"POST", "/", `{}`, []string{"Content-Type", "application/json"}, 400},
		"a batch":                          {"POST", "/", `[]`, []string{"Content-Type", "application/cloudevents-batch+json"}, 400},
		"broken JSON":                      {"POST", "/", `{"specversion`, structured, 400},
		"an event without id":              {"POST", "/", `{"specversion":"1.0","source":"s","type":"t"}`, structured, 400},
		"an event of an unknown version":   {"POST", "/", `{}`, append([]string{}, "Ce-Id", "1", "Ce-Source", "s", "Ce-Type", "t", "Ce-Specversion", "9.9"), 400},
		"an event at the end of its hops":  {"POST", "/", `{}`, append([]string{"Ce-" + ttlName, "1"}, binary...), 400},
		"a body over the limit":            {"POST", "/", strings.Repeat(" ", eventLimit+1), binary, 413},
		"a structured body over the limit": {"POST", "/", `{"specversion":"1.0","id":"2","source":"s","type":"t","data":"` + strings.Repeat(" ", eventLimit) + `"}`, structured, 413},
		"a question":                       {"GET", "/", "", nil, 405},
	} {
		if w := ask(b, c.method, c.path, c.body, c.header...); w.Code != c.want {
			t.Errorf("%s: answered %d, want %d (%s)", name, w.Code, c.want, w.Body)
		}
	}
	settled(t, b)
	if got := len(listener.all()); got != 4 {
		t.Errorf("%d events were delivered, want the 4 that were taken", got)
	}
}

func TestDataAndAttributesArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	b, listener, _ := pair(t, quick, nil)
	e := event("e", "t")
	e.SetSubject("subject")
	e.SetExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	e.DataEncoded = []byte("{ \"kept\":\t\"byte for byte\"")
	mustPost(t, b, e)
	settled(t, b)
	got := listener.all()[0]
	if string(got.Data()) != string(e.Data()) || got.DataContentType() != "application/json" {
		t.Errorf("the data became %q of %s", got.Data(), got.DataContentType())
	}
	if got.Subject() != "subject" || got.Extensions()["traceparent"] != e.Extensions()["traceparent"] {
		t.Errorf("the attributes became %s", got)
	}
}

func TestStatsCountWhatWasDone(t *testing.T) {
	t.Parallel()
	b, _, _ := pair(t, quick, answering(http.StatusNoContent, ""))
	mustPost(t, b, event("1", "t"))
	mustPost(t, b, event("2", "t"))
	settled(t, b)
	got := b.Stats()
	if got.Pending != 0 || got.Delivered != 2 || got.Types["t"] != 2 || got.Retried+got.Dead+got.Dropped != 0 {
		t.Errorf("stats: %+v", got)
	}
}

func TestAClosedBrokerAcceptsNothing(t *testing.T) {
	t.Parallel()
	s := newSetting(t, "")
	s.listen(t, "listener", http.NotFound)
	s.receives(t, "listener", "")
	b := s.open(t)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if status := post(t, b, event("e", "t")); status != http.StatusInternalServerError {
		t.Errorf("a closed broker answered %d", status)
	}
}
