package faults

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Quota is how many calls the API takes. The zero Quota is larger than anything on one machine needs.
type Quota struct {
	PerMinute int `json:"per_minute"`
	PerHour   int `json:"per_hour"`
}

// SandboxQuota is that of the real service's sandbox, ProductionQuota that of a new production account.
func SandboxQuota() Quota    { return Quota{PerMinute: 30, PerHour: 200} }
func ProductionQuota() Quota { return Quota{PerMinute: 60, PerHour: 1200} }

// Meter counts calls in windows that begin with the first call in them.
type Meter struct {
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

func NewMeter(q Quota, now func() time.Time) *Meter {
	m := &Meter{now: now}
	m.Set(q)
	return m
}

// Set replaces the quota and restarts the counts.
func (m *Meter) Set(q Quota) {
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

// Take counts a call, writes the headers of the quota, and returns how long to wait if it is used up.
func (m *Meter) Take(h http.Header) (wait time.Duration) {
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
	number("RateLimit-Reset", Seconds(m.minute.began.Add(m.minute.length).Sub(now)))
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

func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
