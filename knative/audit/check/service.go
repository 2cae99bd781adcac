package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Requests lists what the signature service has: signing.Service does.
type Requests interface {
	List(ctx context.Context, cursor string) (page []signing.Listed, next string, err error)
}

// Yousign is the signature service as it is asked with a key. gate is asked before each call and may be nil.
func Yousign(address, key string, client *http.Client, now func() time.Time, gate func(context.Context) error) Requests {
	return yousign.New(signing.Config{Address: address, APIKey: key, HTTP: client, Now: now, Gate: gate})
}

// sealedForm is how our sealed messages begin. Where the keys are not known, it tells ours from others'.
const sealedForm = "p1."

// mostPages bounds how far a list is followed: a list that does not end is no answer.
const mostPages = 10_000

// requests are the requests at the service that bear a sealed message, by its digest.
type requests struct {
	asked bool
	all   []signing.Listed
	by    map[string][]signing.Listed
	known map[string]bool // digests that are on record
	found map[string]bool // requests that a sweep has found
	ours  func(externalID string) bool
}

func listRequests(ctx context.Context, from Sources) (*requests, error) {
	s := &requests{by: map[string][]signing.Listed{}, known: map[string]bool{}, found: map[string]bool{}, ours: from.Ours}
	if s.ours == nil {
		s.ours = func(externalID string) bool { return strings.HasPrefix(externalID, sealedForm) }
	}
	if from.Service == nil {
		return s, nil
	}
	s.asked = true
	cursor := ""
	for range mostPages {
		listed, next, err := from.Service.List(ctx, cursor)
		if err != nil {
			return s, fmt.Errorf("list the signature requests: %w", err)
		}
		for _, l := range listed {
			s.all = append(s.all, l)
			s.by[digestOf(l.ExternalID)] = append(s.by[digestOf(l.ExternalID)], l)
		}
		if cursor = next; cursor == "" {
			return s, nil
		}
	}
	return s, fmt.Errorf("list the signature requests: the list does not end")
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

const (
	doWithdraw = "Cancel it at the signature service, or somebody may sign what is not wanted"
	doRetry    = "Press Retry: then the service is asked now"
)

// compare holds a contract's attempts against the requests that the service listed a moment before.
func (s *requests) compare(d dossier, b Bounds) (found []Finding) {
	if !s.asked {
		return nil
	}
	say := func(do, format string, args ...any) {
		found = append(found, Finding{Rule: "service", Contract: d.contract.ID, What: fmt.Sprintf(format, args...), Do: do})
	}
	settling := d.now.Sub(d.contract.UpdatedAt) < b.Grace
	for _, a := range d.attempts {
		s.known[a.digest] = true
		listed := s.by[a.digest]
		open, known := 0, a.request == ""
		for _, l := range listed {
			if known = known || l.ID == a.request; live(l) {
				open++
			}
		}
		switch {
		case open > 1:
			say(doWithdraw, "attempt %d has %d open requests at the service", a.number, open)
		case open > 0 && !a.unsettled:
			say(doWithdraw, "attempt %d is %s on record, and its request is open at the service", a.number, a.state)
		case open == 0 && a.state == string(contract.Open) && !settling:
			say(doRetry, "attempt %d is open on record, and at the service it is %s", a.number, stateOf(listed, a.request))
		case open > 0 && !known:
			say(doWithdraw, "attempt %d has another request open at the service than the one on record", a.number)
		}
	}
	return found
}

// live reports whether somebody may sign at this request.
func live(l signing.Listed) bool { return l.State == events.SignatureOngoing }

// stateOf is how a request stands at the service, in the service's own word.
func stateOf(listed []signing.Listed, id string) string {
	for _, l := range listed {
		if l.ID == id {
			return l.Status
		}
	}
	return "not listed"
}

// strays are requests that bear a message of ours and belong to no attempt on record, as after a restore, and that no
// sweep has found yet.
func (s *requests) strays(context.Context, Bounds) (found []Finding, err error) {
	for _, l := range s.all {
		if l.ExternalID == "" || s.known[digestOf(l.ExternalID)] || s.found[l.ID] || !s.ours(l.ExternalID) || !live(l) {
			continue
		}
		found = append(found, Finding{Rule: "stray", Do: doWithdraw,
			What: fmt.Sprintf("the request %s of %s is open at the service and belongs to no attempt on record", l.ID, l.Created.UTC().Format(time.RFC3339))})
	}
	return found, nil
}
