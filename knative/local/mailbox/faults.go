package mailbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults are how the mailbox misbehaves as a mail service.
type Faults struct {
	Next       []Fault     // of the next mails, one each
	Then       Fault       // of every mail after those
	Refused    []string    // addresses that are never taken
	RetryAfter int         // seconds that a 429 or a 503 asks to wait
	Search     SearchFault // of every search
	SearchLag  int         // milliseconds for which a new mail is missing from the search
}

// Fault is what happens to one request to send.
type Fault string

const (
	None        Fault = ""           // all goes well
	Limited     Fault = "429"        // too many requests; nothing was taken
	Revoked     Fault = "401"        // the key is not accepted, not for a search either
	Forbidden   Fault = "403"        // the key may not send
	BadSender   Fault = "from"       // the sender is refused
	Unavailable Fault = "503"        // out of service until it says so; nothing was taken
	Fails       Fault = "500"        // an error before anything was taken
	FailsLate   Fault = "500-after"  // an error although the mail was taken
	Cuts        Fault = "cut"        // the connection breaks, and nothing was taken
	CutsLate    Fault = "cut-after"  // the connection breaks although the mail was taken
	Hangs       Fault = "hang"       // no answer, and nothing was taken
	HangsLate   Fault = "hang-after" // no answer although the mail was taken
)

var allFaults = []Fault{None, Limited, Revoked, Forbidden, BadSender, Unavailable, Fails, FailsLate, Cuts, CutsLate, Hangs, HangsLate}

// SearchFault is what happens to a search.
type SearchFault string

const (
	SearchWorks     SearchFault = ""
	SearchNotBought SearchFault = "403"   // the account has not bought it, or the key may not search
	SearchMissing   SearchFault = "404"   // there is no such call
	SearchFails     SearchFault = "500"   // an error
	SearchLimited   SearchFault = "429"   // too many searches
	SearchBlind     SearchFault = "empty" // it never finds anything, as for accounts in the EU
	SearchBabbles   SearchFault = "html"  // success, with a page in the place of an answer
)

var allSearchFaults = []SearchFault{SearchWorks, SearchNotBought, SearchMissing, SearchFails, SearchLimited, SearchBlind, SearchBabbles}

// EveryFault is each fault alone, by name, lasting until it is replaced.
func EveryFault() map[string]Faults {
	every := map[string]Faults{"a search that lags": {SearchLag: 20_000}}
	for _, f := range allFaults[1:] {
		every["send "+string(f)] = Faults{Then: f, RetryAfter: 1}
		every["send "+string(f)+", no search"] = Faults{Then: f, RetryAfter: 1, Search: SearchNotBought}
	}
	for _, f := range allSearchFaults[1:] {
		every["search "+string(f)] = Faults{Search: f}
	}
	return every
}

// hangTimeout bounds a request that is never answered, so that stopping does not wait for it.
const hangTimeout = 30 * time.Second

// Misbehave replaces the faults; the zero Faults are none.
func (m *Mailbox) Misbehave(f Faults) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults, m.met = f, 0
}

// fault takes the next fault.
func (m *Mailbox) fault() (Fault, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	f := m.faults.Then
	if len(m.faults.Next) > 0 {
		f, m.faults.Next = m.faults.Next[0], m.faults.Next[1:]
	}
	if f != None {
		m.met++
	}
	return f, m.faults.RetryAfter
}

func (m *Mailbox) refuses(to string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.ContainsFunc(m.faults.Refused, func(a string) bool { return strings.EqualFold(a, to) })
}

// before applies a fault that happens instead of accepting the mail, and reports whether there was one.
func before(w http.ResponseWriter, r *http.Request, f Fault, retryAfter int, now time.Time) bool {
	switch f {
	case Limited:
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Unix()+int64(retryAfter), 10))
		refuse(w, http.StatusTooManyRequests, fieldError{Message: "too many requests"})
	case Revoked:
		refuse(w, http.StatusUnauthorized, unauthorized)
	case Forbidden:
		refuse(w, http.StatusForbidden, fieldError{Message: "access forbidden"})
	case BadSender:
		refuse(w, http.StatusBadRequest, wrong("from", "The from address does not match a verified Sender Identity."))
	case Unavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		refuse(w, http.StatusServiceUnavailable, fieldError{Message: "service unavailable"})
	case Fails:
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
	case Cuts:
		panic(http.ErrAbortHandler)
	case Hangs:
		hang(r)
	default:
		return false
	}
	return true
}

// after applies a fault that happens although the mail was accepted, and reports whether there was one.
func after(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case FailsLate:
		refuse(w, http.StatusInternalServerError, fieldError{Message: "internal server error"})
	case CutsLate:
		panic(http.ErrAbortHandler)
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
