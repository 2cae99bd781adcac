package events

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What comes out of a dead letter is the event that its author signed, in whatever mode the Broker brings it, and nothing
// of what the Broker added.
func TestDeadLettersHoldTheOriginalEvent(t *testing.T) {
	t.Parallel()
	for _, p := range samples {
		if _, clock := p.(ClockTicked); clock {
			continue
		}
		e, err := (Event{ID: "1", Source: Author(p), Subject: "c1", Payload: p}).Sign(Author(p), key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Structured(e)
		if err != nil {
			t.Fatal(err)
		}
		structured := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Replace(string(text), "{", `{"knativeerrorcode": 422, "knativeerrordest": "http://x",`, 1)))
		structured.Header.Set("Content-Type", StructuredType)
		binary := httptest.NewRequest(http.MethodPost, "/", nil)
		if err := WriteRequest(t.Context(), e, binary); err != nil {
			t.Fatal(err)
		}
		binary.Header.Set("Ce-Knativeerrorcode", "422")
		binary.Header.Set("Ce-Knativeerrordest", "http://x")
		for mode, r := range map[string]*http.Request{"structured": structured, "binary": binary} {
			u, err := ReadUndelivered(t.Context(), r, map[string]ed25519.PublicKey{e.Signature.Key: public})
			if err != nil || u.Status != "422" || u.Listener != "http://x" || u.ID != e.ID || u.Tick() {
				t.Errorf("%s in %s mode: %s, %v", p.Type(), mode, u.ID, err)
				continue
			}
			kept, err := u.Structured()
			if err != nil || strings.Contains(string(kept), "knative") {
				t.Errorf("%s in %s mode: %s, %v", p.Type(), mode, kept, err)
			}
			if again, err := FromStructured(kept); err != nil || !again.SignedBy(public) || again.ID != e.ID || again.Subject != e.Subject {
				t.Errorf("%s in %s mode came out as %s, %v", p.Type(), mode, kept, err)
			}
		}
	}
}

func TestWithoutKeysThereAreNoDeadLetters(t *testing.T) {
	t.Parallel()
	e, err := (Event{ID: "1", Source: "persist", Subject: "c1", Payload: ContractDue{}}).Sign("persist", key)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if err := WriteRequest(t.Context(), e, r); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadUndelivered(t.Context(), r, nil); !errors.Is(err, ErrNotAuthor) {
		t.Errorf("%v", err)
	}
}
