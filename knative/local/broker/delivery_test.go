package broker

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// pair is a broker with one listener and a grave for dead letters.
func pair(t testing.TB, delivery string, answer func(http.ResponseWriter, cloudevents.Event)) (b *Broker, listener, deadLetters *recorder) {
	t.Helper()
	s := newSetting(t, delivery)
	listener, deadLetters = &recorder{answer: answer}, &recorder{}
	s.listen(t, "listener", listener.ServeHTTP)
	s.listen(t, "grave", deadLetters.ServeHTTP)
	s.receives(t, "listener", "")
	b = s.open(t)
	start(t, b)
	return b, listener, deadLetters
}

func TestTheStatusDecidesBetweenRetryAndDeadLetter(t *testing.T) {
	t.Parallel()
	const once, thrice = 1, 3 // attempts; quick allows two retries
	for status, c := range map[int]struct {
		attempts int
		dead     bool
	}{
		200: {once, false}, 202: {once, false}, 204: {once, false},
		301: {once, true}, 307: {once, true}, 400: {once, true}, 401: {once, true}, 403: {once, true}, 413: {once, true},
		415: {once, true}, 422: {once, true}, 410: {once, true},
		404: {thrice, true}, 408: {thrice, true}, 409: {thrice, true}, 429: {thrice, true},
		500: {thrice, true}, 502: {thrice, true}, 503: {thrice, true}, 504: {thrice, true}, 599: {thrice, true},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			b, listener, deadLetters := pair(t, quick, answering(status, "", "Location", "/elsewhere"))
			mustPost(t, b, event("e", "t"))
			settled(t, b)
			if got := len(listener.all()); got != c.attempts {
				t.Errorf("attempts: %d, want %d", got, c.attempts)
			}
			if got := len(deadLetters.all()) == 1; got != c.dead {
				t.Errorf("dead letter: %v, want %v", got, c.dead)
			}
		})
	}
}

func TestADeadLetterCarriesItsError(t *testing.T) {
	t.Parallel()
	b, listener, deadLetters := pair(t, quick, answering(422, strings.Repeat("é", 2000)))
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 1 || len(deadLetters.all()) != 1 {
		t.Fatalf("received %d times and dead-lettered %d times, want once each", len(listener.all()), len(deadLetters.all()))
	}
	dead := deadLetters.all()[0]
	x := dead.Extensions()
	if dead.ID() != "e" || dead.Source() != "a-test" || string(dead.Data()) != `{"number": 1}` {
		t.Errorf("the dead letter is not the event: %s", dead)
	}
	if x["knativeerrorcode"] != "422" || !strings.HasPrefix(x["knativeerrordest"].(string), "http://127.0.0.1") {
		t.Errorf("code %v, destination %v", x["knativeerrorcode"], x["knativeerrordest"])
	}
	data, _ := x["knativeerrordata"].(string)
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(data) > 1024 || !strings.HasPrefix(string(text), "éé") {
		t.Errorf("knativeerrordata has %d characters and begins %.10q (%v)", len(data), text, err)
	}
	if stats := b.Stats(); stats.Dead != 1 || stats.Delivered != 0 || stats.Types["t"] != 1 {
		t.Errorf("stats: %+v", stats)
	}
}

func TestADeadLetterThatItsSinkRefusesIsDropped(t *testing.T) {
	t.Parallel()
	b, listener, deadLetters := pair(t, quick, answering(422, ""))
	deadLetters.answer = answering(403, "")
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 1 || len(deadLetters.all()) != 1 || b.Stats().Dropped != 1 || b.Stats().Dead != 0 {
		t.Errorf("received %d times, dead-lettered %d times, stats %+v", len(listener.all()), len(deadLetters.all()), b.Stats())
	}
}

func TestWithoutADeadLetterSinkAFailedEventIsDropped(t *testing.T) {
	t.Parallel()
	b, listener, _ := pair(t, "retry: 1", answering(500, ""))
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if got := len(listener.all()); got != 2 || b.Stats().Dropped != 1 {
		t.Errorf("attempts: %d, want 2; stats %+v", got, b.Stats())
	}
}

func TestAConnectionErrorIsRetried(t *testing.T) {
	t.Parallel()
	b, listener, deadLetters := pair(t, quick, func(http.ResponseWriter, cloudevents.Event) { panic(http.ErrAbortHandler) })
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 3 || len(deadLetters.all()) != 1 {
		t.Errorf("attempts %d, dead letters %d; want 3 and 1", len(listener.all()), len(deadLetters.all()))
	}
}

func TestAResponseAfterTheTimeoutIsAFailure(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b, listener, deadLetters := pair(t, strings.Replace(quick, "PT5S", "PT0.05S", 1), func(http.ResponseWriter, cloudevents.Event) { <-release })
	t.Cleanup(func() { close(release) })
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 3 || len(deadLetters.all()) != 1 {
		t.Errorf("attempts %d, dead letters %d; want 3 and 1", len(listener.all()), len(deadLetters.all()))
	}
}

func TestA2xxResponseThatIsNotACloudEventIsAFailure(t *testing.T) {
	t.Parallel()
	b, listener, deadLetters := pair(t, quick, answering(200, `{"ok":true}`, "Content-Type", "application/json"))
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 3 || len(deadLetters.all()) != 1 {
		t.Fatalf("attempts %d, dead letters %d; want 3 and 1", len(listener.all()), len(deadLetters.all()))
	}
	if code := deadLetters.all()[0].Extensions()["knativeerrorcode"]; code != "502" {
		t.Errorf("code %v, want 502", code)
	}
}

// replying answers every event with one of this type, derived from it, in binary or structured mode.
func replying(eventType string, structured bool) func(http.ResponseWriter, cloudevents.Event) {
	return func(w http.ResponseWriter, e cloudevents.Event) {
		reply := event(e.ID()+"'", eventType)
		ctx := context.Background()
		if structured {
			ctx = binding.WithForceStructured(ctx)
		}
		_ = cehttp.WriteResponseWriter(ctx, binding.ToMessage(&reply), http.StatusOK, w)
	}
}

func TestAReplyIsAnEventOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, structured := range map[string]bool{"binary": false, "structured": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetting(t, quick)
			asked, answered := &recorder{answer: replying("answer", structured)}, &recorder{}
			s.listen(t, "asked", asked.ServeHTTP)
			s.listen(t, "answered", answered.ServeHTTP)
			s.listen(t, "grave", http.NotFound)
			s.receives(t, "asked", "  filter: {attributes: {type: question}}")
			s.receives(t, "answered", "  filter: {attributes: {type: answer}}")
			b := s.open(t)
			start(t, b)
			mustPost(t, b, event("e", "question"))
			settled(t, b)
			if asked.ids() != "e" || answered.ids() != "e'" {
				t.Errorf("asked %q, answered %q", asked.ids(), answered.ids())
			}
			if string(answered.all()[0].Data()) != `{"number": 1}` {
				t.Errorf("the answer's data: %s", answered.all()[0].Data())
			}
		})
	}
}

func TestAnEndlessChainOfRepliesEnds(t *testing.T) {
	t.Parallel()
	b, listener, deadLetters := pair(t, quick, replying("t", false))
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != firstTTL || len(deadLetters.all()) != 1 {
		t.Errorf("went round %d times with %d dead letters, want %d and 1", len(listener.all()), len(deadLetters.all()), firstTTL)
	}
	for _, e := range listener.all() {
		if _, shown := e.Extensions()[ttlName]; shown {
			t.Fatal("a subscriber sees the broker's own count")
		}
	}
}

func TestATriggersDeliveryReplacesTheBrokersAsAWhole(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	listener, deadLetters := &recorder{answer: answering(500, "")}, &recorder{}
	s.listen(t, "listener", listener.ServeHTTP)
	s.listen(t, "grave", deadLetters.ServeHTTP)
	s.receives(t, "listener", "  delivery: {retry: 4}")
	b := s.open(t)
	start(t, b)
	mustPost(t, b, event("e", "t"))
	settled(t, b)
	if len(listener.all()) != 5 || len(deadLetters.all()) != 0 || b.Stats().Dropped != 1 {
		t.Errorf("attempts %d, dead letters %d, %+v; want 5, 0 and one dropped", len(listener.all()), len(deadLetters.all()), b.Stats())
	}
}
