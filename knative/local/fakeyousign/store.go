package fakeyousign

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// folder is where a request is kept: request.json, and each document once for every revision.
func (s *Service) folder(id string) string { return filepath.Join(s.o.Dir, "requests", id) }

// file is one revision of a document. Revisions are never overwritten by others, so a stop between writing one and
// keeping the request leaves the request with the one that it names.
func (s *Service) file(id string, d *document, revision int) string {
	return filepath.Join(s.folder(id), fmt.Sprintf("%s.%d.pdf", d.ID, revision))
}

// load reads every request that was kept.
func (s *Service) load() error {
	folders, err := filepath.Glob(filepath.Join(s.o.Dir, "requests", "*"))
	if err != nil {
		return fmt.Errorf("list the signature requests: %w", err)
	}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "request.json"))
		if os.IsNotExist(err) {
			continue // it ended before the first one was written: nobody knows this request
		}
		if err != nil {
			return fmt.Errorf("read the signature request %s: %w", filepath.Base(folder), err)
		}
		var r request
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("read the signature request %s: %w", filepath.Base(folder), err)
		}
		s.put(&r)
	}
	return nil
}

// put makes r the one that counts.
func (s *Service) put(r *request) {
	s.requests[r.ID] = r
	for _, g := range r.Signers {
		s.bearers[g.ID] = r.ID
	}
}

// keep writes r to the disk, whole or not at all, and then makes it count.
func (s *Service) keep(r *request) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep the signature request %s: %w", r.ID, err)
	}
	if err := s.write(filepath.Join(s.folder(r.ID), "request.json"), text); err != nil {
		return fmt.Errorf("keep the signature request %s: %w", r.ID, err)
	}
	s.remember(r)
	s.put(r)
	return nil
}

// write makes a file appear whole: a reader, or a restart, sees the old one or the new one.
func (s *Service) write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// change lets act change a copy of the request. If act returns nil the copy is kept and counts, else nothing
// happened. What act decided to tell the webhook goes out only after that.
func (s *Service) change(id string, act func(*request) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expireLocked(id); err != nil {
		return err
	}
	r, err := s.aliveLocked(id)
	if err != nil {
		return err
	}
	r = r.clone()
	if err := act(r); err != nil {
		return err
	}
	if err := s.keep(r); err != nil {
		return err
	}
	s.rouse()
	return nil
}

func (s *Service) aliveLocked(id string) (*request, error) {
	r, ok := s.requests[id]
	if !ok {
		return nil, notFound("signature request", id)
	}
	return r, nil
}

// look returns the request as it stands; it must not be changed.
func (s *Service) look(id string) (*request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expireLocked(id); err != nil {
		return nil, err
	}
	return s.aliveLocked(id)
}

// newest lists all requests, the newest first.
func (s *Service) newest() ([]*request, error) {
	if err := s.expireAll(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.requests), func(a, b *request) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	}), nil
}

// expireAll lets every request expire whose time has passed.
func (s *Service) expireAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.requests {
		if err := s.expireLocked(id); err != nil {
			return err
		}
	}
	return nil
}

// expireLocked lets a request whose time has passed expire, whoever asks first.
func (s *Service) expireLocked(id string) error {
	r, ok := s.requests[id]
	if !ok || r.Status != stateOngoing || s.o.Now().Before(r.Expires) {
		return nil
	}
	r = r.clone()
	s.expire(r)
	if err := s.keep(r); err != nil {
		return err
	}
	s.rouse()
	return nil
}

// rouse tells the webhook sender to look.
func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// second is a time as the API writes it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
