package broker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// quick is a delivery that gives up within milliseconds, with everything of it set.
const quick = `retry: 2, backoffPolicy: exponential, backoffDelay: PT0.001S, timeout: PT5S, deadLetterSink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: grave}}`

// setting is one broker's surroundings: its manifests, its store and who listens.
type setting struct {
	dir       string
	mu        sync.Mutex
	listeners map[string]http.Handler
	addresses map[string]string
}

func newSetting(t testing.TB, delivery string) *setting {
	t.Helper()
	s := &setting{dir: t.TempDir(), listeners: map[string]http.Handler{}, addresses: map[string]string{}}
	s.write(t, "broker.yaml", "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: default}\nspec: {delivery: {"+delivery+"}}\n")
	return s
}

func (s *setting) write(t testing.TB, file, text string) {
	t.Helper()
	path := filepath.Join(s.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// receives makes a Trigger: service filter what fits spec, a part of the Trigger's spec.
func (s *setting) receives(t testing.TB, service, spec string) {
	t.Helper()
	s.write(t, "triggers/"+service+".yaml", "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: "+service+
		"-hears}\nspec:\n  broker: default\n  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: "+service+"}}\n"+spec)
}

// listen starts a service.
func (s *setting) listen(t testing.TB, service string, h http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addresses[service] = server.URL
}

func (s *setting) resolve(service string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, ok := s.addresses[service]
	return address, ok
}

func (s *setting) options(m Faults) Options {
	return Options{
		Eventing: s.dir, Store: filepath.Join(s.dir, "queue.db"), Resolve: s.resolve, Now: time.Now, Faults: m,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// open opens the broker without running it.
func (s *setting) open(t testing.TB) *Broker {
	t.Helper()
	b, err := Open(s.options(Faults{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// start runs b until the test ends or stop is called; stop waits until Run has returned.
func start(t testing.TB, b *Broker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func event(id, eventType string) cloudevents.Event {
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetSource("a-test")
	e.SetType(eventType)
	_ = e.SetData(cloudevents.ApplicationJSON, []byte(`{"number": 1}`))
	return e
}

// post says an event to b and returns the status of the answer.
func post(t testing.TB, b *Broker, e cloudevents.Event) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	if err := cehttp.WriteRequest(t.Context(), binding.ToMessage(&e), r); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w.Code
}

func mustPost(t testing.TB, b *Broker, e cloudevents.Event) {
	t.Helper()
	if status := post(t, b, e); status != http.StatusAccepted {
		t.Fatalf("the broker answered %d to %s", status, e.ID())
	}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	timeouts.Eventually(t, 20*time.Second, func() error {
		if !holds() {
			return errors.New(what)
		}
		return nil
	})
}

func settled(t testing.TB, b *Broker) {
	t.Helper()
	eventually(t, "nothing pending", func() bool { return b.Pending() == 0 })
}

// recorder collects what a service receives and answers with answer.
type recorder struct {
	mu       sync.Mutex
	received []cloudevents.Event
	answer   func(w http.ResponseWriter, e cloudevents.Event)
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	e, err := binding.ToEvent(req.Context(), cehttp.NewMessageFromHttpRequest(req))
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	r.mu.Lock()
	r.received = append(r.received, *e)
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(w, *e)
	}
}

func (r *recorder) all() []cloudevents.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]cloudevents.Event(nil), r.received...)
}

func (r *recorder) ids() string {
	var ids []string
	for _, e := range r.all() {
		ids = append(ids, e.ID())
	}
	return strings.Join(ids, " ")
}

// answering makes a service that always answers with this status and body.
func answering(status int, body string, header ...string) func(http.ResponseWriter, cloudevents.Event) {
	return func(w http.ResponseWriter, _ cloudevents.Event) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
