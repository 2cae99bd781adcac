package mailbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults says how the mailbox misbehaves as a mail service.
type Faults struct {
	Next       []Fault  `json:"next"`        // what becomes of the requests to come, one each; then all goes well
	Refused    []string `json:"refused"`     // addresses that are never taken
	RetryAfter int      `json:"retry_after"` // seconds that a 429 asks to wait
}

// Fault is what becomes of one request to send.
type Fault string

const (
	None      Fault = ""           // all goes well
	Limited   Fault = "429"        // too many requests; nothing was taken
	Fails     Fault = "500"        // an error before anything was taken
	FailsLate Fault = "500-after"  // an error although the mail was taken
	Hangs     Fault = "hang"       // no answer, and nothing was taken
	HangsLate Fault = "hang-after" // no answer although the mail was taken
)

// hangTimeout bounds a request that is never answered, so that stopping does not wait for it.
const hangTimeout = 30 * time.Second

// Misbehave replaces how the mailbox misbehaves; the zero Faults ends it.
func (m *Mailbox) Misbehave(f Faults) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = f
}

// fault takes the next fault.
func (m *Mailbox) fault() (Fault, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.faults.Next) == 0 {
		return None, 0
	}
	f := m.faults.Next[0]
	m.faults.Next = m.faults.Next[1:]
	return f, m.faults.RetryAfter
}

func (m *Mailbox) refuses(to string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.ContainsFunc(m.faults.Refused, func(a string) bool { return strings.EqualFold(a, to) })
}

// before does what a fault does instead of taking the mail, and reports whether it did.
func before(w http.ResponseWriter, r *http.Request, f Fault, retryAfter int, now time.Time) bool {
	switch f {
	case Limited:
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Unix()+int64(retryAfter), 10))
		refuse(w, http.StatusTooManyRequests, fieldError{Message: "too many requests"})
	case Fails:
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
	case Hangs:
		hang(r)
	default:
		return false
	}
	return true
}

// after does what a fault does although the mail was taken, and reports whether it did.
func after(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case FailsLate:
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
	case HangsLate:
		hang(r)
	default:
		return false
	}
	return true
}

// hang waits until the client gives up, and then closes the connection without an answer.
func hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(hangTimeout):
	}
	panic(http.ErrAbortHandler)
}

func (m *Mailbox) showFaults(w http.ResponseWriter, _ *http.Request) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	answer(w, http.StatusOK, m.faults)
}

func (m *Mailbox) putFaults(w http.ResponseWriter, r *http.Request) {
	var f Faults
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	in.DisallowUnknownFields()
	if err := in.Decode(&f); err != nil {
		answer(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
		return
	}
	known := []Fault{None, Limited, Fails, FailsLate, Hangs, HangsLate}
	for _, fault := range f.Next {
		if !slices.Contains(known, fault) {
			answer(w, http.StatusUnprocessableEntity, map[string]any{"error": "no such fault", "known": known})
			return
		}
	}
	m.Misbehave(f)
	answer(w, http.StatusOK, f)
}
