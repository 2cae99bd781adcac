package broker

import (
	"encoding/json"
	"math"
	"net/http"
	"testing"
	"time"
)

func TestBackoffIsThatOfKnativesGoDispatcher(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		policy policy
		waits  []time.Duration
	}{
		"exponential doubles":            {policy{backoff: "exponential", delay: 100 * ms}, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms}},
		"linear begins with none":        {policy{backoff: "linear", delay: 100 * ms}, []time.Duration{0, 100 * ms, 200 * ms, 300 * ms}},
		"without a policy there is none": {policy{}, []time.Duration{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, want := range c.waits {
				if got := c.policy.wait(i+1, 0); got != want {
					t.Errorf("after %d attempts it waits %s, want %s", i+1, got, want)
				}
			}
		})
	}
}

func TestAWaitNeverOverflows(t *testing.T) {
	t.Parallel()
	p := policy{backoff: "exponential", delay: 24 * time.Hour}
	if wait := p.wait(500, 0); wait < 24*time.Hour {
		t.Errorf("after 500 attempts it waits %s", wait)
	}
}

func TestRetryAfterMakesAWaitLongerNeverShorter(t *testing.T) {
	t.Parallel()
	p := policy{backoff: "exponential", delay: 2 * time.Second, retryAfterMax: 10 * time.Second}
	for asked, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Second: 2 * time.Second, 5 * time.Second: 5 * time.Second, time.Hour: 10 * time.Second} {
		if got := p.wait(1, asked); got != want {
			t.Errorf("asked for %s it waits %s, want %s", asked, got, want)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		header string
		want   time.Duration
	}{
		{429, "7", 7 * time.Second},
		{503, now.Add(time.Minute).Format(http.TimeFormat), time.Minute},
		{429, now.Add(-time.Minute).Format(http.TimeFormat), 0},
		{429, "-7", 0}, {429, "soon", 0}, {429, "", 0},
		{500, "7", 0}, // it means something for these two statuses only
	} {
		answer := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.header}}}
		if got := retryAfter(answer, now); got != c.want {
			t.Errorf("%d with Retry-After %q: %s, want %s", c.status, c.header, got, c.want)
		}
	}
}

func TestA429IsTriedAgainOnlyAfterItsRetryAfter(t *testing.T) {
	t.Parallel()
	b, listener, _ := pair(t, quick, answering(429, "", "Retry-After", "3600"))
	mustPost(t, b, event("e", "t"))
	eventually(t, "one retry is waiting", func() bool { return b.Stats().Retried == 1 })
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(listener.all()) != 1 || len(b.pending) != 1 {
		t.Fatalf("attempts %d, pending %d; want 1 and 1", len(listener.all()), len(b.pending))
	}
}

func TestPeriodsAreISO8601(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT0.5S": 500 * time.Millisecond, "PT60S": time.Minute, "PT1M30S": 90 * time.Second, "P1DT2H": 26 * time.Hour, "PT0S": 0,
	} {
		var p period
		if err := json.Unmarshal([]byte(`"`+text+`"`), &p); err != nil || time.Duration(p) != want {
			t.Errorf("%s is %s (%v), want %s", text, time.Duration(p), err, want)
		}
	}
	for _, text := range []string{"500ms", "P", "PT", "1S", "P1M", "PTS", "PT-1S", ""} {
		var p period
		if err := json.Unmarshal([]byte(`"`+text+`"`), &p); err == nil {
			t.Errorf("%q is taken as %s", text, time.Duration(p))
		}
	}
}

func TestAnUnspecifiedDeliveryHasKnativesDefaults(t *testing.T) {
	t.Parallel()
	p, err := (&Broker{}).newPolicy(nil)
	if err != nil || p.retry != 0 || p.deadLetters != "" || p.timeout != defaultTimeout || p.retryAfterMax != math.MaxInt64 {
		t.Errorf("got %+v, %v", p, err)
	}
}
