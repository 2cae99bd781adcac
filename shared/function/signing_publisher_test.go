package function

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/events"
)

// serveEvent is a function that receives mail.send and notes whether it acted.
func serveEvent(t *testing.T, publisher SigningPublisher, r *http.Request) (status int, body string, acted bool) {
	t.Helper()
	f := &Function{
		Manifest:  Manifest{Name: "send-mail", Consumes: []events.Payload{events.SendMail{}}},
		Handle:    func(context.Context, events.Verified) ([]events.Event, error) { acted = true; return nil, nil },
		Publisher: publisher,
	}
	w := httptest.NewRecorder()
	NewServer(f, Boot{Name: "send-mail", Now: time.Now, Log: slog.New(slog.DiscardHandler)}).Handle(w, r)
	return w.Code, w.Body.String(), acted
}

func TestUnverifiedEventsAreRefusedBeforeTheHandler(t *testing.T) {
	t.Parallel()
	forged := eventOf(t, events.SendMail{})
	forged.Header.Set("Ce-Source", "somebody")
	for what, c := range map[string]struct {
		publisher SigningPublisher
		r         *http.Request
		want      int
		why       string
	}{
		"its author's":      {SigningPublisher{Signatures: fakeSignatures{}}, eventOf(t, events.SendMail{}), 202, ""},
		"another's":         {SigningPublisher{Signatures: fakeSignatures{}}, forged, 422, "not its author's"},
		"not for this room": {SigningPublisher{Signatures: fakeSignatures{}}, eventOf(t, events.CheckSignature{}), 422, "send-mail does not consume signature.check"},
		"a tick":            {SigningPublisher{Signatures: fakeSignatures{}}, eventOf(t, events.ClockTicked{}), 422, "send-mail does not consume clock.ticked"},
		"without any keys":  {SigningPublisher{}, eventOf(t, events.SendMail{}), 500, "no keys"},
	} {
		status, body, acted := serveEvent(t, c.publisher, c.r)
		if status != c.want || acted != (c.want == 202) || !strings.Contains(body, c.why) {
			t.Errorf("%s: %d %s, acted: %v", what, status, body, acted)
		}
	}
}

func TestUnsignedEventsAreNotPublished(t *testing.T) {
	t.Parallel()
	foreign := events.Event{ID: "1", Source: "persist", Subject: "c1", Payload: events.ContractDue{}}
	own := events.Event{ID: "1", Source: "send-mail", Subject: "c1", Payload: events.MailSent{}}
	for what, c := range map[string]struct {
		publisher SigningPublisher
		published events.Event
	}{"another's": {SigningPublisher{Signatures: fakeSignatures{}, Now: time.Now}, foreign}, "without keys": {SigningPublisher{Now: time.Now}, own}} {
		out := &recorder{}
		c.publisher.To = out
		if err := c.publisher.Publish(t.Context(), own, c.published); err == nil || len(out.published) != 0 {
			t.Errorf("%s: %v, and %d events went out", what, err, len(out.published))
		}
	}
	w, _ := handleRequest(answering([]events.Event{foreign}, nil), nil, eventOf(t, events.SendMail{}))
	if w.Code != http.StatusInternalServerError || w.Header().Get("Ce-Id") != "" {
		t.Errorf("as a reply: %d %v", w.Code, w.Header())
	}
}
