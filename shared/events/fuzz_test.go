package events

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzStructuredEvent reads any body as a whole event.
func FuzzStructuredEvent(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, odd := range []string{``, `null`, `{"specversion":"1.0","id":"1","source":"s","type":"dev.paraphe.signature.open","subject":"c","data_base64":"eyJhdHRlbXB0IjozfQ=="}`} {
		f.Add(odd)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/cloudevents+json")
		readAndCarriedOn(t, r)
	})
}

// FuzzBinaryEvent reads any headers and any body as an event.
func FuzzBinaryEvent(f *testing.F) {
	for _, p := range samples {
		e := event(p)
		data, err := e.wireData()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.ID, e.Source, WireType(p), string(e.Subject), "2026-11-24T12:00:00.123456Z", e.Signature.Key, e.Signature.Value, string(data))
	}
	f.Add("é", "%zz", "dev.paraphe.mail.send", " ", "yesterday", "\x7f", "\r\n", "\xff")
	f.Fuzz(func(t *testing.T, id, source, kind, subject, at, key, signature, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Id": {id}, "Ce-Source": {source}, "Ce-Type": {kind},
			"Ce-Subject": {subject}, "Ce-Time": {at}, "Ce-Signaturekey": {key}, "Ce-Signature": {signature}}
		readAndCarriedOn(t, r)
	})
}

// readAndCarriedOn requires that what is read is malformed and said so, or is complete and means the same after another
// journey: a replay must neither add to an event nor lose of it, and a signature that held must hold again.
func readAndCarriedOn(t *testing.T, r *http.Request) {
	t.Helper()
	e, err := FromRequest(t.Context(), r)
	if err != nil {
		if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(e, Event{}) {
			t.Fatalf("%+v, %v", e, err)
		}
		return
	}
	if e.ID == "" || e.Source == "" || e.Payload == nil {
		t.Fatalf("it is taken without being complete: %+v", e)
	}
	on := httptest.NewRequest(http.MethodPost, "/", nil)
	if err := WriteRequest(t.Context(), e, on); err != nil {
		return // such as a time that RFC 3339 cannot write: it goes nowhere
	}
	again, err := FromRequest(t.Context(), on)
	if err != nil {
		t.Fatalf("it is not read again: %v", err)
	}
	if !again.Time.Equal(e.Time) {
		t.Errorf("%s became %s", e.Time, again.Time)
	}
	if again.Time = e.Time; e.SignedBy(public) && !again.SignedBy(public) {
		t.Error("its signature broke on the way")
	}
	if e.data, again.data = nil, nil; !reflect.DeepEqual(again, e) {
		t.Errorf("%+v\nbecame %+v", e, again)
	}
}
