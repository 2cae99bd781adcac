package clock

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/shared/events"
)

const manifest = `
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: clock, namespace: town}
spec:
  schedule: "* * * * * *"
  data: "{}"
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}}
`

func write(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "clock.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// received is a broker that passes on what it takes.
func received(t *testing.T, status int) (sink string, ticks <-chan events.Event) {
	t.Helper()
	output := make(chan events.Event, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, err := events.FromRequest(r.Context(), r)
		if err != nil {
			t.Errorf("a tick is no event of ours: %v", err)
		}
		output <- e
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, output
}

func TestEveryTickIsAnEventOfItsOwn(t *testing.T) {
	t.Parallel()
	sink, ticks := received(t, http.StatusAccepted)
	c, err := Open(write(t, manifest), sink)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for range 2 {
		if err := c.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		e := <-ticks
		ids[e.ID] = true
		if e.Source != "/apis/v1/namespaces/town/pingsources/clock" || e.Payload != (events.ClockTicked{}) {
			t.Errorf("ticked as %s from %s, want the PingSource's form", e.Payload.Type(), e.Source)
		}
	}
	if len(ids) != 2 {
		t.Errorf("two ticks have the ids %v, want two", ids)
	}
}

func TestRunTicksOnScheduleUntilItIsStopped(t *testing.T) {
	t.Parallel()
	sink, ticks := received(t, http.StatusAccepted)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, write(t, manifest), sink) }()
	late, cancel := timeouts.Context(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case <-ticks:
	case <-late.Done():
		t.Errorf("no tick of a schedule of every second: %v", context.Cause(late))
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func TestARefusedTickIsAnError(t *testing.T) {
	t.Parallel()
	sink, _ := received(t, http.StatusInternalServerError)
	c, err := Open(write(t, manifest), sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Tick(t.Context()); err == nil {
		t.Error("a refused tick is no error")
	}
}

func TestAMalformedManifestIsNamedWithItsError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, fresh, fault string }{
		"another kind":      {"PingSource", "ApiServerSource", "must be a PingSource"},
		"an unknown field":  {"data:", "dataa:", "unknown field"},
		"a wrong schedule":  {"* * * * * *", "every minute", "schedule"},
		"a day that is not": {"* * * * * *", "0 0 30 2 *", "never occurs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(write(t, strings.Replace(manifest, c.old, c.fresh, 1)), "http://localhost")
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %v, want an error with %q", err, c.fault)
			}
		})
	}
}

func TestTheProjectsClockTicksEveryMinute(t *testing.T) {
	t.Parallel()
	c, err := Open("../../../eventing/clock.yaml", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	if next := c.schedule.Next(noon); !next.Equal(noon.Add(time.Minute)) {
		t.Errorf("after %s it ticks at %s", noon, next)
	}
}
