package events

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var public = key.Public().(ed25519.PublicKey)

// arrived is an event as a listener reads it out of a request, which may be changed on its way.
func arrived(t *testing.T, e Event, change func(*http.Request)) Event {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if err := WriteRequest(t.Context(), e, r); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	got, err := FromRequest(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func body(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text)).Body
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// The golden files are in structured mode and indented; the same events go out in binary mode.
func TestEverySignatureHoldsInBothModes(t *testing.T) {
	t.Parallel()
	for _, p := range samples {
		if _, clock := p.(ClockTicked); clock {
			continue
		}
		text, err := os.ReadFile(filepath.Join("testdata", p.Type()+".json"))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/cloudevents+json")
		structured, err := FromRequest(t.Context(), r)
		if err != nil || !structured.SignedBy(public) {
			t.Errorf("%s in structured mode: its signature does not hold (%v)", p.Type(), err)
		}
		if binary := arrived(t, event(p), nil); !binary.SignedBy(public) {
			t.Errorf("%s in binary mode: its signature does not hold", p.Type())
		}
	}
}

func TestWhatABrokerMayWriteAnewDoesNotBreakASignature(t *testing.T) {
	t.Parallel()
	e := Event{ID: "1", Source: "orchestrate", Subject: "c1", Payload: CheckSignature{Attempt: 3}, Time: time.Date(2026, 11, 24, 12, 0, 0, 123456789, time.UTC)}
	e, err := e.Sign("orchestrate", key)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*http.Request){
		"nothing":                     nil,
		"the time to microseconds":    header("Ce-Time", "2026-11-24T12:00:00.123456Z"),
		"the time to milliseconds":    header("Ce-Time", "2026-11-24T12:00:00.123Z"),
		"the time in another zone":    header("Ce-Time", "2026-11-24T13:00:00.123456789+01:00"),
		"blanks in the data":          body("{\n  \"attempt\" : 3\n}\n"),
		"another trace":               header("Ce-Traceparent", "00-11111111111111111111111111111111-2222222222222222-01"),
		"the broker's own attributes": header("Ce-Knativebrokerttl", "254"),
	} {
		if !arrived(t, e, change).SignedBy(public) {
			t.Errorf("%s: its signature does not hold", what)
		}
	}
}

func TestWhatWasChangedIsNotSigned(t *testing.T) {
	t.Parallel()
	e := event(CheckSignature{Attempt: 3})
	value := e.Signature.Value
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*http.Request){
		"another id":                   header("Ce-Id", "id-2"),
		"another source":               header("Ce-Source", "orchestrate"),
		"another type":                 header("Ce-Type", "dev.paraphe.signature.open"),
		"another contract":             header("Ce-Subject", "bbbbbbbbbbbbbbbbbbbbbbbbbb"),
		"a millisecond later":          header("Ce-Time", "2026-11-24T12:00:00.001Z"),
		"no time":                      func(r *http.Request) { r.Header.Del("Ce-Time") },
		"other data":                   body(`{"attempt":4}`),
		"a field more":                 body(`{"attempt":3,"move":{"to":"completed"}}`),
		"a field twice":                body(`{"attempt":3,"attempt":3}`),
		"a number written otherwise":   body(`{"attempt":3e0}`),
		"a name written otherwise":     body(`{"Attempt":3}`),
		"no signature":                 func(r *http.Request) { r.Header.Del("Ce-Signature") },
		"half a signature":             header("Ce-Signature", value[:43]),
		"a signature and more":         header("Ce-Signature", value+"AA"),
		"its last bits":                header("Ce-Signature", value[:len(value)-1]+string(value[len(value)-1]+1)),
		"padded":                       header("Ce-Signature", value+"=="),
		"in standard base64":           header("Ce-Signature", base64.StdEncoding.EncodeToString(raw)),
		"zeros":                        header("Ce-Signature", strings.Repeat("A", 86)),
		"a line end in the signature":  header("Ce-Signature", value[:10]+"\r\n"+value[10:]),
		"a signature of other content": header("Ce-Signature", event(CheckSignature{Attempt: 4}).Signature.Value),
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if err := WriteRequest(t.Context(), e, r); err != nil {
			t.Fatal(err)
		}
		change(r)
		if got, err := FromRequest(t.Context(), r); err == nil && got.SignedBy(public) {
			t.Errorf("%s: it passes for signed", what)
		}
	}
	if other := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey); e.SignedBy(other) {
		t.Error("another key passes for the one that signed")
	}
}

// TestWhatIsSignedCannotRunTogether: the parts are told apart by their lengths, as those of a derived id are.
func TestWhatIsSignedCannotRunTogether(t *testing.T) {
	t.Parallel()
	seen := map[string]Event{}
	for _, e := range []Event{
		{ID: "a", Source: "bc", Subject: "d"}, {ID: "ab", Source: "c", Subject: "d"}, {ID: "a", Source: "b", Subject: "cd"},
		{ID: "1:a", Source: "bc", Subject: "d"}, {ID: "a2:bc", Source: "", Subject: "d"}, {ID: "a", Source: "bc", Subject: ""},
	} {
		e.Payload = CheckSignature{Attempt: 1}
		text, err := e.signed()
		if before, taken := seen[string(text)]; err != nil || taken {
			t.Errorf("%+v and %+v are both %q (%v)", before, e, text, err)
		}
		seen[string(text)] = e
	}
}

// TestTheFormThatIsSignedIsThis pins it for whoever checks a signature with another program.
func TestTheFormThatIsSignedIsThis(t *testing.T) {
	t.Parallel()
	e := Event{ID: "id-1", Source: "orchestrate", Subject: "abcdefghijklmnopqrstuvwxyz", Time: noon.Add(1999 * time.Microsecond), Payload: CheckSignature{Attempt: 3}}
	text, err := e.signed()
	want := "15:paraphe event 1" + "4:id-1" + "11:orchestrate" + "27:dev.paraphe.signature.check" + "26:abcdefghijklmnopqrstuvwxyz" +
		"24:2026-11-24T12:00:00.001Z" + "64:f32dddf9749a0fafa675b5c0df9916be24c08efd63719364120ec67371faf522"
	if err != nil || string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}

// TestASignedEventIsCarriedOnAsItCame: with its signature, and with a field that this program does not know.
func TestASignedEventIsCarriedOnAsItCame(t *testing.T) {
	t.Parallel()
	newer := event(CheckSignature{Attempt: 3})
	newer.data = []byte(`{"attempt":3,"colour":"red"}`)
	newer, err := newer.Sign("persist", key)
	if err != nil {
		t.Fatal(err)
	}
	once := arrived(t, newer, nil)
	once.Traceparent = "00-11111111111111111111111111111111-2222222222222222-01"
	twice := arrived(t, once, nil)
	if string(twice.data) != string(newer.data) || twice.Signature != newer.Signature || !twice.SignedBy(public) {
		t.Errorf("it came as %s, %+v", twice.data, twice.Signature)
	}
}
