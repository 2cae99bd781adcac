package timeouts

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeCountsLessOnABusyMachine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slowness func(since time.Duration) float64
		want     time.Duration
	}{
		"quiet":             {func(time.Duration) float64 { return 1 }, 10 * time.Second},
		"busy":              {func(time.Duration) float64 { return 4 }, 40 * time.Second},
		"busy for a moment": {func(since time.Duration) float64 { return map[bool]float64{true: 5, false: 1}[since < 10*time.Second] }, 18 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				left := wait(nil, 10*time.Second, func() float64 { return c.slowness(time.Since(began)) })
				if took := time.Since(began); left > 0 || took < c.want || took > c.want+2*look {
					t.Errorf("%s were left after %s, want %s", left, took, c.want)
				}
			})
		})
	}
}

func TestAContextSaysThatItsTimeWasUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := Context(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 1ms") && !strings.Contains(err.Error(), "count as 1ms") {
		t.Errorf("it ended because: %v", err)
	}
	given, cancel := Context(t.Context(), time.Hour)
	cancel()
	<-given.Done()
	if err := context.Cause(given); errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that was given up ended because: %v", err)
	}
}

func TestWhatIsMeasuredIsNoMoreThanWhatPassed(t *testing.T) {
	t.Parallel()
	began, elapsed := time.Now(), Measure()
	time.Sleep(20 * time.Millisecond)
	got := elapsed()
	if most := time.Since(began); got <= 0 || got > most {
		t.Errorf("%s of %s were counted", got, most)
	}
}

func TestTheLoadIsKnownToBeWithinBounds(t *testing.T) {
	t.Parallel()
	if got := slowness(); got < 1 || got > mostSlowness {
		t.Errorf("everything takes %f times longer", got)
	}
}

func TestAClientWaitsForAnAnswerAndNoLonger(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "so far")
		if r.URL.Path == "/silent" {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(s.Close)
	for path, want := range map[string]bool{"/whole": true, "/silent": false} {
		answer, err := Client(500 * time.Millisecond).Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(answer.Body)
		if _ = answer.Body.Close(); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
