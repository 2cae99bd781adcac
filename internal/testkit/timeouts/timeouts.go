// Package timeouts gives what tests wait for an end that grows with the load on the machine: a test that hangs still ends
// and says for what it waited, and one that is only slow passes.
package timeouts

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

const (
	// look is how often the load is looked at: it changes as other tests come and go.
	look = 250 * time.Millisecond
	// mostSlowness bounds what a load is believed to slow down, so that everything ends.
	mostSlowness = 20
)

// exceeded is why a context ended. It is a context.DeadlineExceeded.
type exceeded struct{ quiet, took time.Duration }

func (e exceeded) Error() string {
	if e.took < 2*e.quiet {
		return fmt.Sprintf("it did not happen within %s", e.quiet)
	}
	return fmt.Sprintf("it did not happen within %s, which count as %s on a machine as busy as this", e.took.Round(time.Second), e.quiet)
}

func (exceeded) Unwrap() error { return context.DeadlineExceeded }

// Context is parent for as long as d takes on a machine that does nothing else: while n programs want to run on c cores, a
// second counts as c/n. context.Cause says that the time was up, and how long it was.
func Context(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		began := time.Now()
		if wait(ctx.Done(), d, slowness) <= 0 {
			cancel(exceeded{d, time.Since(began)})
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// Eventually asks until the answer is no error; the test ends with the last one when the time is up.
func Eventually(t testing.TB, d time.Duration, ask func() error) {
	t.Helper()
	ctx, cancel := Context(t.Context(), d)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%v: %v", context.Cause(ctx), err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Measure counts time from now as Context does, until elapsed is called, for tests of what may not take long.
func Measure() (elapsed func() time.Duration) {
	stop, measured := make(chan struct{}), make(chan time.Duration)
	go func() {
		const long = 1000 * time.Hour
		left := wait(stop, long, slowness)
		measured <- long - left
	}()
	return func() time.Duration {
		close(stop)
		return <-measured
	}
}

// wait returns when d has passed in the time of a quiet machine, or when done is closed, with what was left of d.
func wait(done <-chan struct{}, d time.Duration, slowness func() float64) (left time.Duration) {
	for last, ended := time.Now(), false; d > 0 && !ended; {
		factor := slowness()
		select {
		case <-done:
			ended = true
		case <-time.After(min(look, time.Duration(float64(d)*factor)+time.Millisecond)):
		}
		now := time.Now()
		d -= time.Duration(float64(now.Sub(last)) / factor)
		last = now
	}
	return d
}

// slowness is how many times longer things take than on this machine when it does nothing else, by the programs that run
// or want to, now and (with those that wait for a disk) over the last minute. Where the system does not tell, it is 1.
func slowness() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 1
	}
	var minute, ignored float64
	var running int
	if _, err := fmt.Sscanf(string(text), "%f %f %f %d/", &minute, &ignored, &ignored, &running); err != nil {
		return 1
	}
	return min(mostSlowness, max(1, max(minute, float64(running))/float64(runtime.NumCPU())))
}
