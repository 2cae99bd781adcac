package receivewebhook

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/events"
)

// TestYousignsMessagesInAllTheirForms: the guides and the reference differ, and what is new must not be lost.
func TestYousignsMessagesInAllTheirForms(t *testing.T) {
	t.Parallel()
	token := sealed(t, seals(), nil)
	request := `"signature_request":{"id":"2d7f6f52","external_id":"` + token + `"}`
	for form, c := range map[string]struct{ body, delivery, name string }{
		"flat":                     {`{"event_id":"e1","event_name":"signer.done","event_time":"1767225600","sandbox":true,"data":{` + request + `}}`, "e1", "signer.done"},
		"time as a number":         {`{"event_id":"e1","event_name":"signer.done","event_time":1767225600,"sandbox":true,"data":{` + request + `}}`, "e1", "signer.done"},
		"nested":                   {`{"metadata":{"event_id":"e2","event_name":"signer.done","event_time":"1","sandbox":true},"data":{` + request + `}}`, "e2", "signer.done"},
		"nested, time number":      {`{"metadata":{"event_id":"e2","event_name":"signer.done","event_time":1,"sandbox":true},"data":{` + request + `}}`, "e2", "signer.done"},
		"nested counts":            {`{"event_id":"e1","event_name":"x","sandbox":false,"metadata":{"event_id":"e2","event_name":"y","sandbox":true},"data":{` + request + `}}`, "e2", "y"},
		"metadata of another kind": {`{"event_id":"e1","event_name":"x","sandbox":true,"metadata":{"k":"v"},"data":{` + request + `}}`, "e1", "x"},
		"an unknown event":         {`{"event_id":"e3","event_name":"signer.teleported","sandbox":true,"new":{},"data":{` + request + `,"other":[1]}}`, "e3", "signer.teleported"},
		"a name with markup":       {`{"event_id":"e3","event_name":"<b>x</b>","sandbox":true,"data":{` + request + `}}`, "e3", "?b?x??b?"},
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			h, broker, _ := newTestHandler()
			if w := knock(h, []byte(c.body), nil); w.Code != http.StatusOK {
				t.Fatalf("got %d", w.Code)
			}
			got := broker.events[0].Payload.(events.SignatureReported)
			if got.Delivery != c.delivery || got.Name != c.name || got.Request != "2d7f6f52" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestDeliveriesKeepTheirOwnIDs: an id that is missing, too long or odd is replaced by a digest, and two stay two.
func TestDeliveriesKeepTheirOwnIDs(t *testing.T) {
	t.Parallel()
	token := sealed(t, seals(), nil)
	long := strings.Repeat("x", 65)
	seen := make(map[string]bool)
	all := [][]byte{
		with(token, `"event_id":"a b"`), with(token, `"event_id":"a?b"`), with(token, `"event_id":"`+long+`1"`), with(token, `"event_id":"`+long+`2"`),
		with(token, `"event_id":""`), with(token, `"event_time":"5"`), with(token, `"event_time":"6"`),
	}
	for _, body := range all {
		h, broker, _ := newTestHandler()
		for range 2 {
			knock(h, body, nil)
		}
		if len(broker.events) != 2 || broker.events[0].ID != broker.events[1].ID || len(broker.events[0].Payload.(events.SignatureReported).Delivery) > 71 {
			t.Errorf("%s: said %+v", body, broker.events)
			continue
		}
		seen[broker.events[0].ID] = true
	}
	if len(seen) != len(all) {
		t.Errorf("%d messages have %d ids", len(all), len(seen))
	}
}

func with(token, field string) []byte {
	return []byte(`{` + field + `,"event_name":"x","sandbox":true,"data":{"signature_request":{"id":"r","external_id":"` + token + `"}}}`)
}

func TestSignedRubbishIsABadRequest(t *testing.T) {
	t.Parallel()
	deep := bytes.Repeat([]byte("["), 200_000)
	for _, body := range [][]byte{nil, []byte("null"), []byte("{}"), []byte("[]"), []byte(`"x"`), []byte("{"), []byte(`{"event_name":7}`),
		[]byte(`{"event_name":"x","data":[]}`), []byte("\xff\xfe"), deep, []byte(`{"event_name":"x"} {}`), []byte(`{"event_name":"x","sandbox":"true"}`)} {
		h, broker, _ := newTestHandler()
		if w := knock(h, body, nil); w.Code != http.StatusBadRequest || len(broker.events) != 0 {
			t.Errorf("%.40s: got %d", body, w.Code)
		}
	}
}

// What follows from our own calls is kept and nothing is asked because of it; everything else, the unknown too, is a
// reason to look.
func TestOnlyWhatCanChangeAContractIsAReasonToLook(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]bool{
		"signature_request.activated": false, "signer.notified": false, "signer.link_opened": false,
		"signer.done": true, "signature_request.done": true, "signature_request.declined": true,
		"signature_request.expired": true, "signer.error": true, "signature_request.something_new": true,
	} {
		m, err := yousign{}.translate([]byte(`{"event_id": "1", "event_name": "` + name + `", "data": {}}`))
		if err != nil || m.look != look {
			t.Errorf("%s: look %v, want %v (%v)", name, m.look, look, err)
		}
	}
}
