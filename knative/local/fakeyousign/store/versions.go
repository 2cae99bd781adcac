package store

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
)

// version is how a request stood until a moment.
type version struct {
	*model.Request
	until time.Time
}

// keepVersion keeps how a request stood, while the list is to show the past. The lock is held.
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

// AsOf replaces each request by what it was at a time, or at its beginning if that was later.
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
