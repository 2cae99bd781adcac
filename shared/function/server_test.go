package function

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asServer makes the test's own program a function's process: see TestAStoppedFunctionFinishesWhatItBegan.
const asServer = "PARAPHE_TEST_SERVES"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		os.Exit(serve())
	}
	os.Exit(m.Run())
}

// serve runs a function whose one request takes until the process is told to stop, and then some.
func serve() int {
	stopping := make(chan struct{})
	f := &Function{
		Manifest: Manifest{Name: "slow"},
		Start: func(ctx context.Context) error {
			go func() { <-ctx.Done(); close(stopping) }()
			return nil
		},
		Routes: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Println("begun")
			<-stopping
			fmt.Fprint(w, "finished")
		}),
		Stop: func(context.Context) error { fmt.Println("stopped"); return nil },
	}
	if err := NewServer(f, Boot{Name: "slow", Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stdout, nil))}).Run(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func TestAStoppedFunctionFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	process := exec.CommandContext(t.Context(), os.Args[0]) // the test itself
	process.Env = append(os.Environ(), asServer+"=1", "LISTEN_ADDRESS=127.0.0.1:0")
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	_, address, _ := strings.Cut(await(t, lines, "address="), "address=")
	answer := make(chan string, 1)
	go func() { answer <- fetch("http://" + address) }()
	await(t, lines, "begun")
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := <-answer; got != "finished" {
		t.Errorf("the request in flight got %q", got)
	}
	await(t, lines, "stopped")
	if err := process.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}

// await reads lines until one holds this.
func await(t *testing.T, lines *bufio.Scanner, what string) string {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), what) {
			return lines.Text()
		}
	}
	t.Fatalf("the process ended without %q", what)
	return ""
}

func fetch(address string) string {
	answer, err := http.Get(address) // our own process
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}

// TestAFailedStartIsReported sets the environment, so it is not parallel.
func TestAFailedStartIsReported(t *testing.T) {
	boot := Boot{Name: "slow", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	t.Setenv("LISTEN_ADDRESS", "127.0.0.1:0")
	failing := &Function{Manifest: Manifest{Name: "slow"}, Start: func(context.Context) error { return errors.New("no room") }}
	if got := text(NewServer(failing, boot).Run()); got != "slow cannot start: no room" {
		t.Errorf("said %q", got)
	}
	t.Setenv("LISTEN_ADDRESS", "nowhere:-1")
	if got := text(NewServer(&Function{Manifest: Manifest{Name: "slow"}}, boot).Run()); !strings.HasPrefix(got, "slow cannot listen: ") {
		t.Errorf("said %q", got)
	}
}

// TestTheServerListensOnPORT sets the environment, so it is not parallel.
func TestTheServerListensOnPORT(t *testing.T) {
	for _, c := range [][3]string{{"", "", ":8080"}, {"", "9000", ":9000"}, {"127.0.0.1:1", "9000", "127.0.0.1:1"}} {
		t.Setenv("LISTEN_ADDRESS", c[0])
		t.Setenv("PORT", c[1])
		if got := address(); got != c[2] {
			t.Errorf("LISTEN_ADDRESS=%s PORT=%s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestReadinessNamesTheReason(t *testing.T) {
	t.Parallel()
	cases := []struct {
		path  string
		ready func(context.Context) error
		want  int
		body  string
	}{
		{"/health/liveness", nil, 200, "ALIVE\n"},
		{"/health/readiness", nil, 200, "READY\n"},
		{"/health/readiness", func(context.Context) error { return nil }, 200, "READY\n"},
		{"/health/readiness", func(context.Context) error { return errors.New("the database is not there") }, 503, "NOT READY: the database is not there\n"},
		{"/health/liveness", func(context.Context) error { return errors.New("the database is not there") }, 200, "ALIVE\n"},
	}
	for _, c := range cases {
		s := NewServer(&Function{Ready: c.ready}, Boot{Log: slog.New(slog.DiscardHandler)})
		w := httptest.NewRecorder()
		s.Handle(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		if w.Code != c.want || w.Body.String() != c.body {
			t.Errorf("%s: %d %q, want %d %q", c.path, w.Code, w.Body, c.want, c.body)
		}
	}
}
