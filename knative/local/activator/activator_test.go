package activator

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
)

// asFunction makes the test's own program a function's process. Its value says how it behaves.
const asFunction = "PARAPHE_TEST_FUNCTION"

func TestMain(m *testing.M) {
	switch os.Getenv(asFunction) {
	case "":
		os.Exit(m.Run())
	case "broken":
		fmt.Println("a line before")
		fmt.Println("the setting COLOUR is missing")
		os.Exit(1)
	case "never ready":
		serve(http.StatusServiceUnavailable)
	default:
		serve(http.StatusOK)
	}
}

// serve answers with its own process id, and to /health/readiness with this status.
func serve(readiness int) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/readiness", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(readiness) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	fmt.Println(http.ListenAndServe(os.Getenv("LISTEN_ADDRESS"), mux)) // a test's program
}

// scene is a function under test and what became of its processes.
type scene struct {
	*Function
	started, ended atomic.Int64
}

func open(t *testing.T, behaviour string, idle time.Duration) *scene {
	t.Helper()
	s := &scene{}
	s.Function = New(Options{
		Name: "played", Program: os.Args[0], Env: []string{asFunction + "=" + behaviour}, Idle: idle,
		LogFile: filepath.Join(t.TempDir(), "played.log"), Log: slog.New(slog.DiscardHandler), Changed: s.changed,
	})
	t.Cleanup(s.Close)
	return s
}

func (s *scene) changed(_ string, pid int) {
	if pid == 0 {
		s.ended.Add(1)
		return
	}
	s.started.Add(1)
}

// ask returns the status of the answer and what it says.
func (s *scene) ask(t *testing.T) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	output, _ := io.ReadAll(w.Body) // of a recorder
	return w.Code, string(output)
}

func (s *scene) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func TestFirstRequestStartsTheProcessAndLaterOnesShareIt(t *testing.T) {
	t.Parallel()
	s := open(t, "well", 0)
	if s.Running() || s.started.Load() != 0 {
		t.Fatal("it runs before anybody asked")
	}
	code, first := s.ask(t)
	if _, err := strconv.Atoi(first); code != http.StatusOK || err != nil {
		t.Fatalf("got %d %q", code, first)
	}
	if _, second := s.ask(t); second != first || s.started.Load() != 1 {
		t.Errorf("process %s, then %s, in %d starts", first, second, s.started.Load())
	}
}

func TestRequestsAtOnceStartOneProcess(t *testing.T) {
	t.Parallel()
	s := open(t, "well", 0)
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			if code, output := s.ask(t); code != http.StatusOK {
				t.Errorf("got %d %s", code, output)
			}
		})
	}
	asking.Wait()
	if n := s.started.Load(); n != 1 {
		t.Errorf("%d processes were started", n)
	}
}

func TestAnIdleProcessIsStoppedAndTheNextRequestStartsAnother(t *testing.T) {
	t.Parallel()
	s := open(t, "well", 10*time.Millisecond)
	_, first := s.ask(t)
	s.await(t, "the idle process ends", func() bool { return s.ended.Load() == 1 && !s.Running() })
	if code, second := s.ask(t); code != http.StatusOK || second == first {
		t.Errorf("got %d from process %s after %s", code, second, first)
	}
}

func TestAKilledProcessIsStartedAgainByTheNextRequest(t *testing.T) {
	t.Parallel()
	s := open(t, "well", 0)
	if s.Kill() {
		t.Error("something was killed before anything ran")
	}
	_, first := s.ask(t)
	if !s.Kill() {
		t.Fatal("nothing was killed")
	}
	s.await(t, "the end is noticed", func() bool { return !s.Running() })
	if code, second := s.ask(t); code != http.StatusOK || second == first {
		t.Errorf("got %d from process %s after %s", code, second, first)
	}
}

func TestAFailedStartReportsTheLastLineOfTheLog(t *testing.T) {
	t.Parallel()
	code, output := open(t, "broken", 0).ask(t)
	if code != http.StatusServiceUnavailable || !strings.Contains(output, "the setting COLOUR is missing") || strings.Contains(output, "a line before") {
		t.Errorf("got %d %s", code, output)
	}
}

func TestClosingEndsTheProcessAndStartsNoOther(t *testing.T) {
	t.Parallel()
	s := open(t, "well", 0)
	_, _ = s.ask(t)
	s.Close()
	if s.ended.Load() != 1 || s.Running() {
		t.Error("the process outlived its function")
	}
	if code, _ := s.ask(t); code != http.StatusServiceUnavailable || s.started.Load() != 1 {
		t.Errorf("a closed function answered %d after %d starts", code, s.started.Load())
	}
}

// Whoever stops the stack while a function waits for its database does not wait with it.
func TestClosingDoesNotWaitForAProcessThatIsNeverReady(t *testing.T) {
	t.Parallel()
	s := open(t, "never ready", 0)
	answered := make(chan int, 1)
	go func() {
		code, _ := s.ask(t)
		answered <- code
	}()
	s.await(t, "the process starts", func() bool { return s.started.Load() == 1 })
	elapsed := timeouts.Measure()
	s.Close()
	if took := elapsed(); took > 5*time.Second {
		t.Errorf("closing took %s", took)
	}
	if code := <-answered; code != http.StatusServiceUnavailable || s.ended.Load() != 1 {
		t.Errorf("the request in flight got %d, %d processes ended", code, s.ended.Load())
	}
}
