package function

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/events"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// recorder is a publisher that keeps what is said.
type recorder struct {
	err       error
	published []events.Event
}

func (r *recorder) Publish(_ context.Context, out ...events.Event) error {
	r.published = append(r.published, out...)
	return r.err
}

// fakeSignatures has the keys of everybody, and signs for two.
type fakeSignatures struct{}

func (fakeSignatures) Sign(e events.Event) (events.Event, error) {
	if e.Source != "send-mail" && e.Source != "orchestrate" {
		return e, errors.New("who is that?")
	}
	return eventstest.Signed(e), nil
}

func (fakeSignatures) Verify(e events.Event, came events.Way) (events.Verified, error) {
	v, err := events.Verify(e, came, eventstest.Keys())
	if err != nil {
		return v, Refusal{err}
	}
	return v, nil
}

// eventOf is a request that brings an event.
func eventOf(t *testing.T, p events.Payload) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	e := events.Event{ID: "e1", Source: "orchestrate", Subject: "c1", Time: noon, Payload: p}
	if err := events.WriteRequest(t.Context(), eventstest.Signed(e), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func answering(out []events.Event, err error) Handler {
	return func(context.Context, events.Verified) ([]events.Event, error) { return out, err }
}

// handleRequest serves one request by a function with this handler and gives what it logged.
func handleRequest(h Handler, p Publisher, r *http.Request) (*httptest.ResponseRecorder, string) {
	var log bytes.Buffer
	boot := Boot{Name: "send-mail", Now: func() time.Time { return noon }, Log: slog.New(slog.NewJSONHandler(&log, nil)), Publish: p}
	w := httptest.NewRecorder()
	m := Manifest{Name: "send-mail", Consumes: []events.Payload{events.SendMail{}}}
	NewServer(&Function{Manifest: m, Handle: h, Publisher: boot.SigningPublisher(fakeSignatures{})}, boot).Handle(w, r)
	return w, log.String()
}

func TestTheAnswerTellsTheBrokerWhatToDo(t *testing.T) {
	t.Parallel()
	one := []events.Event{{ID: "r1", Source: "send-mail", Subject: "c1", Payload: events.MailSent{Kind: "invitation", Sequence: 1, Recipient: "s1"}}}
	two := append(one, events.Event{ID: "r2", Source: "send-mail", Subject: "c1", Payload: events.MailRefused{}})
	cases := map[string]struct {
		out        []events.Event
		err        error
		publish    error
		body       string // instead of an event
		want       int
		retryAfter string
		published  int
	}{
		"nothing to say":               {want: 202},
		"one thing":                    {out: one, want: 200},
		"two things":                   {out: two, want: 202, published: 2},
		"two, and nobody takes them":   {out: two, publish: errors.New("down"), want: 500, published: 2},
		"a refusal":                    {err: Refuse("there is no such contract"), want: 422},
		"a refusal further down":       {err: fmt.Errorf("write: %w", Refuse("no")), want: 422},
		"later":                        {err: Later{After: 1500 * time.Millisecond, Cause: errors.New("limited")}, want: 429, retryAfter: "2"},
		"later, further down":          {err: fmt.Errorf("send: %w", Later{After: time.Minute, Cause: errors.New("limited")}), want: 429, retryAfter: "60"},
		"out of reach":                 {err: Unavailable{errors.New("no database")}, want: 503},
		"any error":                    {err: errors.New("a moment, please"), want: 500},
		"an error of an ended context": {err: context.Canceled, want: 500},
		"no event at all":              {body: "{}", want: 422},
		"too large an event":           {body: `{"a":"` + strings.Repeat("x", eventLimit) + `"}`, want: 413},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := eventOf(t, events.SendMail{})
			if c.body != "" {
				r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
				r.Header.Set("Content-Type", "application/cloudevents+json")
			}
			out := &recorder{err: c.publish}
			w, _ := handleRequest(answering(c.out, c.err), out, r)
			if w.Code != c.want || w.Header().Get("Retry-After") != c.retryAfter || len(out.published) != c.published {
				t.Errorf("%d, Retry-After %q, %d published; want %d, %q, %d", w.Code, w.Header().Get("Retry-After"), len(out.published), c.want, c.retryAfter, c.published)
			}
			if problem := w.Header().Get("Content-Type") == "application/problem+json"; problem != (c.want >= 400) {
				t.Errorf("answered with %v", w.Header())
			}
		})
	}
}

func TestAReplyIsStampedWithTimeAndTraceAndKeepsItsID(t *testing.T) {
	t.Parallel()
	r := eventOf(t, events.SendMail{})
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	w, _ := handleRequest(answering([]events.Event{{ID: "r1", Source: "send-mail", Subject: "c1", Payload: events.MailSent{}}}, nil), nil, r)
	h := w.Header()
	if h.Get("Ce-Id") != "r1" || h.Get("Ce-Time") != "2026-11-24T12:00:00Z" || h.Get("Ce-Type") != "dev.paraphe.mail.sent" {
		t.Errorf("said with %v", h)
	}
	trace := h.Get("Ce-Traceparent")
	if !strings.HasPrefix(trace, "00-0af7651916cd43dd8448eb211c80319c-") || strings.Contains(trace, "b7ad6b7169203331") {
		t.Errorf("its trace %q is no child of the request's", trace)
	}
}

func TestAnEventWithoutAHeaderKeepsItsOwnTrace(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	e := events.Event{ID: "e1", Source: "orchestrate", Subject: "c1", Time: noon, Payload: events.SendMail{},
		Traceparent: "00-11111111111111111111111111111111-2222222222222222-01"}
	if err := events.WriteRequest(t.Context(), eventstest.Signed(e), r); err != nil {
		t.Fatal(err)
	}
	var in string
	handleRequest(func(ctx context.Context, _ events.Verified) ([]events.Event, error) {
		in = Trace(ctx)
		return nil, nil
	}, nil, r)
	if !strings.HasPrefix(in, "00-11111111111111111111111111111111-") || strings.HasSuffix(in, "-2222222222222222-01") {
		t.Errorf("it is heard as %q", in)
	}
}

func TestEveryEventLeavesOneLineInTheLog(t *testing.T) {
	t.Parallel()
	for level, err := range map[string]error{"INFO": nil, "WARN": Refuse("no such contract")} {
		_, log := handleRequest(answering(nil, err), nil, eventOf(t, events.SendMail{}))
		var line struct{ Level, Event, ID, Source, Contract string }
		if jsonErr := json.Unmarshal([]byte(log), &line); jsonErr != nil || strings.Count(log, "\n") != 1 {
			t.Fatalf("logged %q (%v)", log, jsonErr)
		}
		if line.Level != level || line.Event != "mail.send" || line.ID != "e1" || line.Source != "orchestrate" || line.Contract != "c1" {
			t.Errorf("logged %s", log)
		}
	}
}

func TestFunctionsThatConsumeNothingHaveNoEventRoute(t *testing.T) {
	t.Parallel()
	w, _ := handleRequest(nil, nil, eventOf(t, events.SendMail{}))
	if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("answered %d", w.Code)
	}
}
