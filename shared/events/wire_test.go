package events

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestEventsRoundTripInBothModes(t *testing.T) {
	t.Parallel()
	for _, p := range samples {
		want := event(p)
		structured, err := os.ReadFile(filepath.Join("testdata", p.Type()+".json"))
		if err != nil {
			t.Fatal(err)
		}
		binary := httptest.NewRequest(http.MethodPost, "/", nil)
		if err := WriteRequest(t.Context(), want, binary); err != nil {
			t.Fatal(err)
		}
		if kind := binary.Header.Get("Content-Type"); kind != "application/json" || binary.Header.Get("Ce-Type") != WireType(p) {
			t.Errorf("%s is not said in binary mode: %v", p.Type(), binary.Header)
		}
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(structured))
		r.Header.Set("Content-Type", "application/cloudevents+json")
		for mode, request := range map[string]*http.Request{"binary": binary, "structured": r} {
			got, err := FromRequest(t.Context(), request)
			got.data, want.data = nil, nil // blanks may differ; their signature holds all the same
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s in %s mode is %+v (%v)", p.Type(), mode, got, err)
			}
		}
	}
}

func TestAReplyIsWrittenInBinaryMode(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := WriteReply(t.Context(), event(OpenSignature{Attempt: 3}), http.StatusOK, w); err != nil {
		t.Fatal(err)
	}
	h := w.Header()
	if w.Code != http.StatusOK || h.Get("Ce-Type") != "dev.paraphe.signature.open" || h.Get("Ce-Traceparent") == "" || w.Body.String() != `{"attempt":3}` {
		t.Errorf("answered %d %v %s", w.Code, h, w.Body)
	}
}

func TestWhatIsNotOursOrNotWellFormedIsMalformed(t *testing.T) {
	t.Parallel()
	header := func(change ...string) http.Header {
		h := http.Header{}
		for i, all := 0, append([]string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "orchestrate", "Ce-Type", "dev.paraphe.mail.send",
			"Ce-Subject", "c1", "Content-Type", "application/json"}, change...); i < len(all); i += 2 {
			if h.Set(all[i], all[i+1]); all[i+1] == "" {
				h.Del(all[i])
			}
		}
		return h
	}
	const good = `{"kind":"invitation","sequence":1,"recipient":"s1"}`
	cases := map[string]struct {
		header http.Header
		body   string
		fits   bool
	}{
		"as it should be":         {header(), good, true},
		"a field of a newer one":  {header(), `{"kind":"invitation","sequence":1,"recipient":"s1","colour":"red"}`, true},
		"an unknown type":         {header("Ce-Type", "dev.paraphe.mail.burn"), good, false},
		"a type without a prefix": {header("Ce-Type", "mail.send"), good, false},
		"no type":                 {header("Ce-Type", ""), good, false},
		"no id":                   {header("Ce-Id", ""), good, false},
		"no source":               {header("Ce-Source", ""), good, false},
		"no subject":              {header("Ce-Subject", ""), good, false},
		"another specification":   {header("Ce-Specversion", "7.0"), good, false},
		"no CloudEvent":           {http.Header{"Content-Type": {"application/json"}}, good, false},
		"data of another type":    {header(), `{"sequence":"first"}`, false},
		"a number too large":      {header(), `{"sequence":33600000001000000000}`, false},
		"broken data":             {header(), `{"notification":`, false},
		"no data":                 {header(), ``, false},
		"a list":                  {header(), `[]`, false},
		"a broken envelope":       {http.Header{"Content-Type": {"application/cloudevents+json"}}, `{"specversion":`, false},
		"an empty envelope":       {http.Header{"Content-Type": {"application/cloudevents+json"}}, `{}`, false},
		"a batch":                 {http.Header{"Content-Type": {"application/cloudevents-batch+json"}}, `[]`, false},
		"a clock without subject": {header("Ce-Type", pingType, "Ce-Subject", ""), `{}`, true},
	}
	for name, c := range cases {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		r.Header = c.header
		if _, err := FromRequest(t.Context(), r); (err == nil) != c.fits || err != nil && (!errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "33600")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABodyOverTheLimitIsNotCalledMalformed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"application/json", "application/cloudevents+json"} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if err := WriteRequest(t.Context(), event(OpenSignature{Attempt: 1}), r); err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		large := strings.NewReader(`{"a":"` + strings.Repeat("x", 100) + `"}`)
		r.Body = http.MaxBytesReader(nil, io.NopCloser(large), 10)
		_, err := FromRequest(t.Context(), r)
		var tooLarge *http.MaxBytesError
		if !errors.As(err, &tooLarge) || errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAnAnswerHasTheSameIDWheneverItIsGiven(t *testing.T) {
	t.Parallel()
	in := event(ClockTicked{})
	in.Subject = "c1"
	say := func(e Event, source string, p Payload) string {
		t.Helper()
		out, err := Reply(e, source, p)
		if err != nil {
			t.Fatal(err)
		}
		if out.Subject != e.Subject || out.Traceparent != e.Traceparent || out.Source != source || !out.Time.IsZero() {
			t.Errorf("said %+v", out)
		}
		return out.ID
	}
	id := say(in, "send-mail", MailSent{Sequence: 1})
	if again := say(in, "send-mail", MailSent{Sequence: 1}); again != id {
		t.Errorf("%s, then %s", id, again)
	}
	other, elsewhere := in, in
	other.ID, elsewhere.Source = "id-2", "elsewhere"
	for what, differs := range map[string]string{
		"another event":    say(other, "send-mail", MailSent{Sequence: 1}),
		"another author":   say(elsewhere, "send-mail", MailSent{Sequence: 1}),
		"another answerer": say(in, "persist", MailSent{Sequence: 1}),
		"another type":     say(in, "send-mail", SendMail{Sequence: 1}),
		"another payload":  say(in, "send-mail", MailSent{Sequence: 2}),
	} {
		if differs == id {
			t.Errorf("%s is answered with the same id", what)
		}
	}
	if id := say(Event{ID: "e", Source: "s"}, "persist", OpenSignature{Attempt: 1}); id != "ub3jbn4jedayvvfns6pah5vcde" {
		t.Errorf("the id of an answer changed to %s: events in flight would count twice", id)
	}
}

func TestPartsOfAnIDDoNotRunTogether(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"2:ab", "c"}, {"1", "a", "bc"}, {}} {
		id := DerivedID(parts...)
		if before, taken := seen[id]; taken || len(id) != 26 {
			t.Errorf("%q and %q are both %s", before, parts, id)
		}
		seen[id] = parts
	}
}
