package store

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
)

// version is a request as it was until a moment.
type version struct {
	*model.Request
	until time.Time
}

// keepVersion keeps the version that r replaces, while the plan makes the list stale. The lock is held.
func (s *Store) keepVersion(r *model.Request) {
	stale := faults.Milliseconds(s.faults.Plan().ListStale, 0)
	if stale == 0 {
		delete(s.versions, r.ID)
		return
	}
	s.versions[r.ID] = slices.DeleteFunc(s.versions[r.ID], func(b version) bool { return b.until.Before(s.now().Add(-stale)) })
	if before, known := s.requests[r.ID]; known {
		s.versions[r.ID] = append(s.versions[r.ID], version{before, s.now()})
	}
}

// AsOf replaces each request by its version at a time, or by its first.
func (s *Store) AsOf(all []*model.Request, at time.Time) []*model.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = slices.Clone(all)
	for i, q := range all {
		for _, before := range s.versions[q.ID] {
			if before.until.After(at) {
				all[i] = before.Request
				break
			}
		}
	}
	return all
}
