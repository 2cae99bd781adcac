package persist

import (
	"maps"
	"sync"

	"github.com/paraphe/paraphe/shared/contract"
)

// remembered is of how many contracts this instance knows how they stand: a few kilobytes each.
const remembered = 1000

// memory is how contracts stood when this instance last wrote to them. Other instances write too, so it may be old, and
// nothing follows from it but a write that is guarded by the version: if that writes nothing, the record is read.
type memory struct {
	mu   sync.Mutex
	kept map[contract.ID]standing
}

// take returns what is remembered of a contract and forgets it: who writes next leaves the new standing behind.
func (m *memory) take(id contract.ID) (standing, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, known := m.kept[id]
	delete(m.kept, id)
	return s, known
}

// keep remembers a standing in the place of any other.
func (m *memory) keep(s standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[contract.ID]standing{}
	}
	for id := range m.kept {
		if len(m.kept) < remembered {
			break
		}
		delete(m.kept, id)
	}
	m.kept[s.contract.ID] = s
}

// leaves is how the contract stands once w was written.
func (w writing) leaves() standing {
	s := standing{contract: w.after, head: w.entry.Hash, seq: w.entry.Seq, attempts: w.before.attempts}
	if w.again {
		s.looks = w.before.looks
	}
	if r := w.after.Request; r != nil && r.ID != "" && s.attempts[r.Attempt].RequestID != r.ID {
		s.attempts = maps.Clone(s.attempts)
		known := s.attempts[r.Attempt]
		known.RequestID = r.ID // as writeSignature has it
		s.attempts[r.Attempt] = known
	}
	return s
}
