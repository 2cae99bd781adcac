package fakeyousign

import (
	"net/http"
	"slices"
	"time"
)

// inWorkspace lets a call see only what the key of the moment sees: to another workspace's key, a request does not
// exist. Its signers see it as before.
func (s *Service) inWorkspace(act call) call {
	return func(r *http.Request) (answer, error) {
		if id := r.PathValue("id"); id != "" && !s.visible(id) {
			return answer{}, notFound("signature request", id)
		}
		return act(r)
	}
}

func (s *Service) visible(id string) bool {
	elsewhere := s.faults.Plan().OtherWorkspace
	s.mu.Lock()
	defer s.mu.Unlock()
	q, known := s.requests[id]
	return !known || !s.faults.meet(q.Elsewhere != elsewhere)
}

// stood is how a request stood until a moment.
type stood struct {
	*request
	until time.Time
}

// remember keeps how a request stood, while the list is to show the past. The lock is held.
func (s *Service) remember(r *request) {
	stale := milliseconds(s.faults.Plan().ListStale, 0)
	if stale == 0 {
		delete(s.past, r.ID)
		return
	}
	s.past[r.ID] = slices.DeleteFunc(s.past[r.ID], func(b stood) bool { return b.until.Before(s.o.Now().Add(-stale)) })
	if before, known := s.requests[r.ID]; known {
		s.past[r.ID] = append(s.past[r.ID], stood{before, s.o.Now()})
	}
}

// asTheyStood replaces each request by what it was at a time, or at its beginning if that was later.
func (s *Service) asTheyStood(all []*request, at time.Time) []*request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = slices.Clone(all)
	for i, q := range all {
		for _, before := range s.past[q.ID] {
			if before.until.After(at) {
				all[i] = before.request
				break
			}
		}
	}
	return all
}
