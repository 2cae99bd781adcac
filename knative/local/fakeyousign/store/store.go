// Package store keeps signature requests in memory and on disk.
package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/paraphe/paraphe/knative/local/atomicfile"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/wire"
)

// Store keeps requests in memory and on disk. It is safe for concurrent use.
type Store struct {
	dir    string
	now    func() time.Time
	rules  *model.Lifecycle
	faults *faults.Injector
	Wake   chan struct{} // something changed: a webhook may have become due

	mu       sync.Mutex
	requests map[string]*model.Request // never changed in place: a change copies, writes to disk, then replaces
	bySigner map[string]string         // the request of each signer
	versions map[string][]version      // earlier versions, while the plan makes the list stale
}

// Open loads the requests of a folder, which is created if it does not exist.
func Open(dir string, rules *model.Lifecycle, faults *faults.Injector) (*Store, error) {
	s := &Store{
		dir: dir, now: rules.Now, rules: rules, faults: faults, Wake: make(chan struct{}, 1),
		requests: map[string]*model.Request{}, bySigner: map[string]string{}, versions: map[string][]version{},
	}
	return s, s.load()
}

// folder holds a request: request.json, and each revision of each document.
func (s *Store) folder(id string) string { return filepath.Join(s.dir, id) }

// File is the path of one revision of a document. Revisions are never overwritten, so a crash between writing one and
// saving the request leaves the old one in use.
func (s *Store) File(id string, d *model.Document, revision int) string {
	return filepath.Join(s.folder(id), fmt.Sprintf("%s.%d.pdf", d.ID, revision))
}

// load reads every request on disk.
func (s *Store) load() error {
	folders, err := filepath.Glob(filepath.Join(s.dir, "*"))
	if err != nil {
		return fmt.Errorf("list the signature requests: %w", err)
	}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "request.json"))
		if os.IsNotExist(err) {
			continue // the process ended before it was written
		}
		if err != nil {
			return fmt.Errorf("read the signature request %s: %w", filepath.Base(folder), err)
		}
		var r model.Request
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("read the signature request %s: %w", filepath.Base(folder), err)
		}
		s.put(&r)
	}
	return nil
}

// put makes r the current version.
func (s *Store) put(r *model.Request) {
	s.requests[r.ID] = r
	for _, g := range r.Signers {
		s.bySigner[g.ID] = r.ID
	}
}

// save writes r to disk atomically, then makes it the current version.
func (s *Store) save(r *model.Request) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the signature request %s: %w", r.ID, err)
	}
	if err := s.WriteFile(filepath.Join(s.folder(r.ID), "request.json"), text); err != nil {
		return fmt.Errorf("write the signature request %s: %w", r.ID, err)
	}
	s.keepVersion(r)
	s.put(r)
	return nil
}

// WriteFile replaces a file atomically.
func (s *Store) WriteFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, text)
}

// Change applies act to a copy of the request, and saves the copy if act returns nil. Events that act emits are sent after
// that.
func (s *Store) Change(id string, act func(*model.Request) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expireLocked(id); err != nil {
		return err
	}
	r, err := s.findLocked(id)
	if err != nil {
		return err
	}
	r = r.Clone()
	if err := act(r); err != nil {
		return err
	}
	if err := s.save(r); err != nil {
		return err
	}
	s.Notify()
	return nil
}

// Create saves a new request.
func (s *Store) Create(r *model.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save(r)
}

// FindBySigner is the request of a signer.
func (s *Store) FindBySigner(id string) (*model.Request, error) {
	s.mu.Lock()
	request := s.bySigner[id]
	s.mu.Unlock()
	return s.Get(request)
}

func (s *Store) findLocked(id string) (*model.Request, error) {
	r, ok := s.requests[id]
	if !ok {
		return nil, wire.NotFound("signature request", id)
	}
	return r, nil
}

// Get returns the current version, which must not be changed.
func (s *Store) Get(id string) (*model.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.expireLocked(id); err != nil {
		return nil, err
	}
	return s.findLocked(id)
}

// NewestFirst lists all requests, the newest first.
func (s *Store) NewestFirst() ([]*model.Request, error) {
	if err := s.ExpireAll(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.requests), func(a, b *model.Request) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	}), nil
}

// ExpireAll expires every request that is due.
func (s *Store) ExpireAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.requests {
		if err := s.expireLocked(id); err != nil {
			return err
		}
	}
	return nil
}

// expireLocked expires a request that is due.
func (s *Store) expireLocked(id string) error {
	r, ok := s.requests[id]
	if !ok || r.Status != model.StateOngoing || s.now().Before(r.Expires) {
		return nil
	}
	r = r.Clone()
	s.rules.Expire(r)
	if err := s.save(r); err != nil {
		return err
	}
	s.Notify()
	return nil
}

// Notify wakes the sender of webhooks.
func (s *Store) Notify() {
	select {
	case s.Wake <- struct{}{}:
	default:
	}
}

// Pending is a delivery that has not ended, with its request.
type Pending struct {
	Request string
	model.Delivery
}

// Undelivered yields every delivery that has not ended.
func (s *Store) Undelivered() iter.Seq[Pending] {
	return func(yield func(Pending) bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range s.requests {
			for _, d := range r.Outbox {
				if d.Ended == "" && !yield(Pending{Request: r.ID, Delivery: *d}) {
					return
				}
			}
		}
	}
}
