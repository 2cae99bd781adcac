package function

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/eventstest"
	"github.com/paraphe/paraphe/shared/events"
)

// broker answers the first so many events with 202 and every other with 500, and keeps their headers.
func broker(t *testing.T, takes int) (SigningPublisher, *[]http.Header) {
	t.Helper()
	var got []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header)
		if len(got) > takes {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	return speaking(server.URL), &got
}

func speaking(to string) SigningPublisher {
	return SigningPublisher{Signatures: fakeSignatures{}, To: Sink{Address: to, Client: NewClient(time.Second)}, Now: func() time.Time { return noon }}
}

var threeEvents = []events.Event{
	{ID: "1", Source: "orchestrate", Subject: "c1", Payload: events.OpenSignature{Attempt: 1}},
	{ID: "2", Source: "orchestrate", Subject: "c1", Payload: events.CheckSignature{Attempt: 1}},
	{ID: "3", Source: "orchestrate", Subject: "c1", Payload: events.CancelSignature{Attempt: 1}},
}

func TestEventsArePublishedInOrderWithTimeTraceAndSignature(t *testing.T) {
	t.Parallel()
	publisher, got := broker(t, 3)
	ctx := WithTrace(t.Context(), "00-11111111111111111111111111111111-2222222222222222-01")
	if err := publisher.Publish(ctx, threeEvents...); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, h := range *got {
		want := threeEvents[i]
		want.Time = noon
		ids = append(ids, h.Get("Ce-Id"))
		if h.Get("Ce-Time") != "2026-11-24T12:00:00Z" || h.Get("Ce-Traceparent") != Trace(ctx) || h.Get("Traceparent") != Trace(ctx) ||
			h.Get("Ce-Signature") != eventstest.Signed(want).Signature.Value || h.Get("Ce-Signaturekey") != "orchestrate" {
			t.Errorf("published with %v", h)
		}
	}
	if strings.Join(ids, " ") != "1 2 3" {
		t.Errorf("published %v", ids)
	}
}

func TestPublishingStopsAtTheFirstEventThatIsNotTaken(t *testing.T) {
	t.Parallel()
	publisher, got := broker(t, 1)
	err := publisher.Publish(t.Context(), threeEvents...)
	if want := "publish signature.check of c1: the broker (K_SINK or BROKER_URL) answered 500 Internal Server Error"; text(err) != want || len(*got) != 2 {
		t.Errorf("%v after %d events; want %s", err, len(*got), want)
	}
}

func TestWithoutABrokerNothingIsPublished(t *testing.T) {
	t.Parallel()
	err := speaking("").Publish(t.Context(), threeEvents[0])
	if want := "publish signature.open of c1: the setting K_SINK (or BROKER_URL) is missing"; text(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestABrokerThatCannotBeReachedIsNamedByItsSetting(t *testing.T) {
	t.Parallel()
	err := speaking("http://127.0.0.1:1/paraphe/default").Publish(t.Context(), threeEvents[0])
	if want := "publish signature.open of c1: the broker (K_SINK or BROKER_URL) cannot be reached: "; !strings.HasPrefix(text(err), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestATraceIsCarriedOnAndAMalformedOneReplaced(t *testing.T) {
	t.Parallel()
	const trace = "0af7651916cd43dd8448eb211c80319c"
	cases := map[string]bool{
		"00-" + trace + "-b7ad6b7169203331-01": true, "00-" + trace + "-b7ad6b7169203331-00": true,
		"": false, "00-" + trace: false, "01-" + trace + "-b7ad6b7169203331-01": false, "00-" + strings.ToUpper(trace) + "-b7ad6b7169203331-01": false,
		"00-" + trace + "-b7ad6b7169203331-01\r\nX: y": false,
	}
	for parent, kept := range cases {
		got := Trace(WithTrace(context.Background(), parent))
		if !traceparentForm().MatchString(got) || strings.Contains(got, trace) != kept || got == parent {
			t.Errorf("%q became %q", parent, got)
		}
	}
	if got := Trace(context.Background()); got != "" {
		t.Errorf("without a trace: %q", got)
	}
}

// TestTheBrokerIsShownTheTokenThatIsThereNow: the file changes while the function runs, and most clusters have none.
func TestTheBrokerIsShownTheTokenThatIsThereNow(t *testing.T) {
	t.Parallel()
	publisher, got := broker(t, 3)
	file := filepath.Join(t.TempDir(), "token")
	publisher.To = Sink{Address: publisher.To.(Sink).Address, Client: NewClient(time.Second), Identity: file}
	for i, token := range []string{"", "first\n", "second"} {
		if token != "" {
			if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := publisher.Publish(t.Context(), threeEvents[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"", "Bearer first", "Bearer second"} {
		if shown := (*got)[i].Get("Authorization"); shown != want {
			t.Errorf("the broker is shown %q, want %q", shown, want)
		}
	}
	publisher.To = Sink{Address: publisher.To.(Sink).Address, Client: NewClient(time.Second), Identity: filepath.Dir(file)}
	if err := publisher.Publish(t.Context(), threeEvents[0]); err == nil || !strings.Contains(err.Error(), "token for the broker") {
		t.Errorf("with a token that cannot be read: %v", err)
	}
}
