package broker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// childFolder, if set, makes the test binary a broker of this folder that runs until it is killed.
const childFolder = "PARAPHE_TEST_BROKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		beTheChild(dir)
	}
	os.Exit(m.Run())
}

func beTheChild(dir string) {
	s := &setting{dir: dir}
	b, err := Open(s.options(Faults{}))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	server := httptest.NewServer(b.Handler())
	fmt.Println(server.URL)
	_ = b.Run(context.Background())
}

// startChild runs a broker of s in a process of its own.
func startChild(t *testing.T, s *setting) (child *exec.Cmd, address string) {
	t.Helper()
	child = exec.Command(os.Args[0]) // #nosec G204 -- ourselves
	child.Env = append(os.Environ(), childFolder+"="+s.dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http://") {
		t.Fatalf("the child said %q, %v", line, err)
	}
	return child, strings.TrimSpace(line)
}

func TestAKillLosesNoAcceptedEvent(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	listener := &recorder{answer: func(w http.ResponseWriter, _ cloudevents.Event) {
		if !open.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}}
	server := httptest.NewServer(listener)
	t.Cleanup(server.Close)
	s := newSetting(t, "retry: 100, backoffPolicy: linear, backoffDelay: PT0.01S")
	s.write(t, "triggers/listener.yaml", "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: all}\n"+
		"spec: {broker: default, subscriber: {uri: '"+server.URL+"'}}")

	child, address := startChild(t, s)
	const n = 50
	for i := range n {
		if status := send(t, address, event(fmt.Sprint(i), "t")); status != http.StatusAccepted {
			t.Fatalf("event %d was answered %d", i, status)
		}
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	tried := len(listener.all())
	open.Store(true)
	b := s.open(t)
	if b.Pending() != n {
		t.Errorf("after the kill %d are pending, want all %d", b.Pending(), n)
	}
	start(t, b)
	settled(t, b)
	got := map[string]bool{}
	for _, e := range listener.all()[tried:] {
		got[e.ID()] = true
	}
	if len(got) != n {
		t.Errorf("of %d events that were taken, %d were delivered in the end", n, len(got))
	}
}

// A crash within this process is like that: it cuts off what is under way, takes nothing more, and loses nothing it took.
func TestACrashLosesNoAcceptedEvent(t *testing.T) {
	t.Parallel()
	begun, hang := make(chan struct{}, 1), make(chan struct{})
	s := newSetting(t, quick)
	s.listen(t, "listener", func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	s.listen(t, "grave", http.NotFound)
	s.receives(t, "listener", "")
	b := s.open(t)
	stop := start(t, b)
	mustPost(t, b, event("1", "t"))
	<-begun
	b.Crash()
	stop() // at once, although the listener has not answered
	if status := post(t, b, event("2", "t")); status == http.StatusAccepted {
		t.Error("a broker that has crashed took an event")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	close(hang)
	if next := s.open(t); next.Pending() != 1 {
		t.Errorf("%d are pending after the crash, want the one that was taken", next.Pending())
	}
}

func send(t *testing.T, address string, e cloudevents.Event) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if err := cehttp.WriteRequest(t.Context(), binding.ToMessage(&e), r); err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestDeliveredEventsAreNotDeliveredAgainAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	listener := &recorder{}
	s.listen(t, "listener", listener.ServeHTTP)
	s.listen(t, "grave", http.NotFound)
	s.receives(t, "listener", "")
	b := s.open(t)
	stop := start(t, b)
	mustPost(t, b, event("1", "t"))
	settled(t, b)
	stop()
	mustPost(t, b, event("2", "t")) // stored, though nothing is delivered at the moment
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = s.open(t)
	if b.Pending() != 1 {
		t.Fatalf("%d are pending after the restart, want 1", b.Pending())
	}
	start(t, b)
	mustPost(t, b, event("3", "t"))
	settled(t, b)
	ids := strings.Fields(listener.ids())
	if slices.Sort(ids); !slices.Equal(ids, []string{"1", "2", "3"}) {
		t.Errorf("delivered %v, want 1, 2 and 3 once each", ids)
	}
}

func TestRetriesAndDeadLettersContinueAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	var sinkWorks atomic.Bool
	listener := &recorder{answer: answering(422, "why")}
	deadLetters := &recorder{answer: func(w http.ResponseWriter, _ cloudevents.Event) {
		if !sinkWorks.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}}
	s.listen(t, "listener", listener.ServeHTTP)
	s.listen(t, "grave", deadLetters.ServeHTTP)
	s.receives(t, "listener", "")
	b := s.open(t)
	stop := start(t, b)
	mustPost(t, b, event("1", "t"))
	eventually(t, "the dead letter was offered, with two retries", func() bool { return len(deadLetters.all()) == 3 })
	stop()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	sinkWorks.Store(true)
	o := s.options(Faults{})
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, d := range b.pending {
		if d.dead == nil || d.dead.Status != 422 || string(d.dead.Body) != "why" || d.attempts != 3 {
			t.Errorf("after the restart the delivery is %+v", d)
		}
		d.next = o.Now() // and not only after deadLetterRetry
	}
	start(t, b)
	settled(t, b)
	if len(listener.all()) != 1 || len(deadLetters.all()) != 4 {
		t.Errorf("received %d times, dead-lettered %d times; want 1 and 4", len(listener.all()), len(deadLetters.all()))
	}
}

func TestARemovedTriggerDropsItsEvents(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	s.listen(t, "listener", http.NotFound)
	s.listen(t, "grave", http.NotFound)
	s.receives(t, "listener", "")
	b := s.open(t)
	mustPost(t, b, event("1", "t"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.dir + "/triggers/listener.yaml"); err != nil {
		t.Fatal(err)
	}
	if b = s.open(t); b.Pending() != 0 {
		t.Errorf("%d are pending for a Trigger that is gone", b.Pending())
	}
}

func TestAStoreHasOneBroker(t *testing.T) {
	t.Parallel()
	s := newSetting(t, "")
	s.open(t)
	if _, err := Open(s.options(Faults{})); err == nil || !strings.Contains(err.Error(), "locked by another process") {
		t.Errorf("a second broker got %v", err)
	}
	if err := os.WriteFile(s.dir+"/queue2.db", []byte(strings.Repeat("no queue", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	o := s.options(Faults{})
	o.Store = s.dir + "/queue2.db"
	if _, err := Open(o); err == nil || errors.Is(err, errClosed) || !strings.Contains(err.Error(), "queue2.db") {
		t.Errorf("a file that is no queue got %v", err)
	}
}

func TestAnAnsweredEventIsNotDeliveredAgainAfterARestart(t *testing.T) {
	t.Parallel()
	s := newSetting(t, quick)
	asked, answered := &recorder{answer: replying("answer", false)}, &recorder{}
	s.listen(t, "asked", asked.ServeHTTP)
	s.listen(t, "answered", answered.ServeHTTP)
	s.listen(t, "grave", http.NotFound)
	s.receives(t, "asked", "  filter: {attributes: {type: question}}")
	s.receives(t, "answered", "  filter: {attributes: {type: answer}}")
	b := s.open(t)
	stop := start(t, b)
	mustPost(t, b, event("e", "question"))
	settled(t, b)
	stop()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b = s.open(t); b.Pending() != 0 || len(answered.all()) != 1 {
		t.Errorf("after the restart %d are pending; the answer was received %d times", b.Pending(), len(answered.all()))
	}
}
