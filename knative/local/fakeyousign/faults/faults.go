// Package faults decides when the fake misbehaves: a plan of probabilities, drawn with a seed, and quotas.
package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Plan is how the service misbehaves. A probability is from 0 (never) to 1 (always); the zero Plan has no faults.
type Plan struct {
	Seed           uint64        `json:"seed"`   // of the random numbers
	For            int           `json:"for_ms"` // how long the plan lasts; 0: until it is replaced
	Webhooks       WebhookFaults `json:"webhooks"`
	API            APIFaults     `json:"api"`
	ListLag        int           `json:"list_lag_ms"`     // how long a new request is missing from the list
	ListStale      int           `json:"list_stale_ms"`   // how long ago the list shows how each request stood
	ProofNotReady  int           `json:"proof_not_ready"` // how often a request's audit trail is refused at first
	ProofNever     bool          `json:"proof_never"`     // it is always refused
	OtherWorkspace bool          `json:"other_workspace"` // the key sees, and makes, other requests than without it
	Quota          Quota         `json:"quota"`           // instead of the usual one
}

// WebhookFaults are the probabilities of what happens to a webhook at each attempt. Forged messages are sent before the
// true one.
type WebhookFaults struct {
	Repeat         float64 `json:"repeat"`          // it comes twice
	Drop           float64 `json:"drop"`            // it never comes, nor is it tried again
	Delay          float64 `json:"delay"`           // it comes up to DelayBy later
	DelayBy        int     `json:"delay_ms"`        // 1000 if it is 0
	Reorder        float64 `json:"reorder"`         // it comes after what follows it, if that follows within a second
	NestedMetadata float64 `json:"nested_metadata"` // its head is nested, as the service's reference pages show it
	StrangeAddress float64 `json:"strange_address"` // it comes from 127.0.0.2 (Linux)

	WrongSignature    float64 `json:"wrong_signature"`     // forged: signed with another secret
	AlteredBody       float64 `json:"altered_body"`        // forged: changed after it was signed
	UnknownEvent      float64 `json:"unknown_event"`       // signed, of a kind that nobody knows
	FlippedSandbox    float64 `json:"flipped_sandbox"`     // signed, of the other environment
	ForeignExternalID float64 `json:"foreign_external_id"` // signed, with somebody else's external_id
}

// APIFaults are the probabilities of what happens to a call of the API.
type APIFaults struct {
	TooMany      float64 `json:"too_many"`       // 429, nothing done
	Fails        float64 `json:"fails"`          // 500, nothing done
	HTML         float64 `json:"html"`           // 502 with a page of HTML, nothing done
	Page         float64 `json:"page"`           // 200 with a page of HTML, nothing done
	PageNotFound float64 `json:"page_not_found"` // 404 with a page of HTML, nothing done
	Moved        float64 `json:"moved"`          // 302 to another site, nothing done
	Unauthorized float64 `json:"unauthorized"`   // 401, as for a key that was changed, nothing done
	Unpaid       float64 `json:"unpaid"`         // 402, nothing done
	Forbidden    float64 `json:"forbidden"`      // 403, as for a key that may only read, nothing done
	Refused      float64 `json:"refused"`        // 400 in the service's words, nothing done
	NotFound     float64 `json:"not_found"`      // 404 in the service's words, nothing done
	Late         float64 `json:"late"`           // it is done SlowBy late, whether the caller waits or has gone
	Slow         float64 `json:"slow"`           // the answer comes SlowBy late, after the change and its webhooks
	SlowBy       int     `json:"slow_ms"`        // 1000 if it is 0
	LostAnswer   float64 `json:"lost_answer"`    // it is done, and the connection breaks
	FailsAfter   float64 `json:"fails_after"`    // it is done, and the answer is 500
	Only         string  `json:"only"`           // only calls whose "METHOD /path" holds this, or ends with it before a $
	Times        int     `json:"times"`          // at most so many times; 0: without limit
}

// Injector applies a plan. It is safe for concurrent use.
type Injector struct {
	now    func() time.Time
	mu     sync.Mutex
	plan   Plan
	since  time.Time // when it was set
	random *rand.Rand
	hits   int    // API faults since then
	met    int    // faults of any kind since then
	meter  *Meter // of the plan's quota, or nil
}

func New(now func() time.Time) *Injector {
	f := &Injector{now: now}
	_ = f.Set(Plan{}) // the zero plan is always good
	return f
}

// Plan is the current plan.
func (f *Injector) Plan() Plan {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.plan.For > 0 && f.now().Sub(f.since) >= Milliseconds(f.plan.For, 0) {
		f.plan, f.meter = Plan{}, nil
	}
	return f.plan
}

// Set replaces the plan and starts its random numbers anew.
func (f *Injector) Set(p Plan) error {
	if err := errors.Join(chances("webhooks", p.Webhooks), chances("api", p.API)); err != nil {
		return err
	}
	if min(p.For, p.ListLag, p.ListStale, p.ProofNotReady, p.Webhooks.DelayBy, p.API.SlowBy, p.API.Times, p.Quota.PerMinute, p.Quota.PerHour) < 0 {
		return errors.New("a number of the plan is negative")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan, f.hits, f.met, f.since, f.meter = p, 0, 0, f.now(), nil
	if p.Quota != (Quota{}) {
		f.meter = NewMeter(p.Quota, f.now)
	}
	f.random = rand.New(rand.NewPCG(p.Seed, p.Seed))
	return nil
}

// chances checks that every probability is one.
func chances(part string, faults any) error {
	v := reflect.ValueOf(faults)
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Float64 && !(v.Field(i).Float() >= 0 && v.Field(i).Float() <= 1) {
			return fmt.Errorf("%s.%s must be a probability from 0 to 1, for example 0.5", part, v.Type().Field(i).Tag.Get("json"))
		}
	}
	return nil
}

// Roll reports whether a fault of this probability happens. Only a positive one draws a random number, so that faults do
// not disturb each other.
func (f *Injector) Roll(chance float64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if chance <= 0 || f.random.Float64() >= chance {
		return false
	}
	f.met++
	return true
}

// Record counts a fault that is not random, and returns whether it was one.
func (f *Injector) Record(fault bool) bool {
	if fault {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.met++
	}
	return fault
}

// Met is how often a fault happened since the plan was set: for tests that wait for one.
func (f *Injector) Met() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.met
}

// UpTo is a random duration up to most.
func (f *Injector) UpTo(most time.Duration) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Duration(f.random.Int64N(int64(most) + 1))
}

func Milliseconds(n, ifZero int) time.Duration {
	if n == 0 {
		n = ifZero
	}
	return time.Duration(n) * time.Millisecond
}

// Hits reports whether an API fault of this probability happens to a call.
func (f *Injector) Hits(r *http.Request, chance float64) bool {
	a := f.Plan().API
	if !a.matches(r.Method+" "+r.URL.Path) || !f.Roll(chance) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.Times > 0 && f.hits >= a.Times {
		return false
	}
	f.hits++
	return true
}

func (a APIFaults) matches(call string) bool {
	if end, is := strings.CutSuffix(a.Only, "$"); is {
		return strings.HasSuffix(call, end)
	}
	return strings.Contains(call, a.Only)
}

// Quota is the meter of the plan's quota, or nil if it has none.
func (f *Injector) Quota() *Meter {
	f.Plan() // it may be over
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.meter
}
