package fakeyousign

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Quota is how many calls the API takes. A zero Quota is generous: nothing on one machine reaches it.
type Quota struct {
	PerMinute int `json:"per_minute"`
	PerHour   int `json:"per_hour"`
}

// SandboxQuota is that of the real service's sandbox, ProductionQuota that of a new production account.
func SandboxQuota() Quota    { return Quota{PerMinute: 30, PerHour: 200} }
func ProductionQuota() Quota { return Quota{PerMinute: 60, PerHour: 1200} }

// meter counts calls in windows that begin with the first call in them.
type meter struct {
	mu           sync.Mutex
	now          func() time.Time
	minute, hour window
}

type window struct {
	length time.Duration
	limit  int
	began  time.Time
	used   int
}

func newMeter(q Quota, now func() time.Time) *meter {
	m := &meter{now: now}
	m.set(q)
	return m
}

// set begins to count anew with another quota.
func (m *meter) set(q Quota) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.PerMinute == 0 {
		q.PerMinute = 60_000
	}
	if q.PerHour == 0 {
		q.PerHour = 1_000_000
	}
	m.minute = window{length: time.Minute, limit: q.PerMinute}
	m.hour = window{length: time.Hour, limit: q.PerHour}
}

// take counts a call, writes the headers that tell of the quota, and says how long to wait if it is used up.
func (m *meter) take(h http.Header) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	wait = max(m.minute.wait(now), m.hour.wait(now))
	if wait == 0 {
		m.minute.used++
		m.hour.used++
	}
	number := func(name string, n int) { h.Set(name, strconv.Itoa(n)) }
	number("RateLimit-Limit", m.minute.limit)
	number("RateLimit-Remaining", m.minute.limit-m.minute.used)
	number("RateLimit-Reset", seconds(m.minute.began.Add(m.minute.length).Sub(now)))
	number("X-RateLimit-Limit-Minute", m.minute.limit)
	number("X-RateLimit-Limit-Hour", m.hour.limit)
	number("X-RateLimit-Remaining-Minute", m.minute.limit-m.minute.used)
	number("X-RateLimit-Remaining-Hour", m.hour.limit-m.hour.used)
	return wait
}

// wait is how long until the window takes another call, beginning a new one if the last is over.
func (w *window) wait(now time.Time) time.Duration {
	if !now.Before(w.began.Add(w.length)) {
		w.began, w.used = now, 0
	}
	if w.used < w.limit {
		return 0
	}
	return w.began.Add(w.length).Sub(now)
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// metered counts every call, also those that are refused later: the service counts them too.
func (s *Service) metered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := s.faults.quota()
		planned := m != nil
		if !planned {
			m = s.meter
		}
		if wait := m.take(w.Header()); wait > 0 {
			s.faults.meet(planned)
			tooMany(w, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
	message(w, http.StatusTooManyRequests, fmt.Sprintf("Too many requests: try again in %d seconds.", seconds(wait)))
}
