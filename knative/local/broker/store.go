package broker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// flushDelay is how long a change that nobody waits for may wait for others to be written with.
const flushDelay = 50 * time.Millisecond

var (
	bucketName = []byte("deliveries")
	errClosed  = errors.New("the broker is closed")
)

// change puts a value under a key or, without a value, takes the key away.
type change struct {
	key   uint64
	value []byte
}

// store keeps deliveries in one file that survives a kill at any moment. All changes that come in while one commit is
// written go into the next one, together: that costs a lone change no wait, unlike bbolt's own Batch, which waits
// for company.
type store struct {
	db     *bbolt.DB
	log    *slog.Logger
	wake   chan struct{} // holds one, if there may be something to commit
	closed chan struct{} // closed when the last commit is done

	mu      sync.Mutex
	open    *batch
	closing bool
	timer   bool // whether a timer will wake the committer
}

type batch struct {
	changes []change
	done    chan struct{}
	err     error // set before done is closed
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func openStore(file string, log *slog.Logger) (*store, error) {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("the queue %s is locked by another process: stop that process", file)
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue %s: %w", file, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue %s: %w", file, err), db.Close())
	}
	s := &store{db: db, log: log, wake: make(chan struct{}, 1), closed: make(chan struct{}), open: newBatch()}
	go s.commitAll()
	return s, nil
}

// each shows what is stored, oldest first.
func (s *store) each(show func(key uint64, value []byte) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketName).ForEach(func(k, v []byte) error { return show(binary.BigEndian.Uint64(k), v) })
	})
}

// write makes changes and returns when they are on the disk, all of them or, with an error, none.
func (s *store) write(changes ...change) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return errClosed
	}
	b := s.open
	b.changes = append(b.changes, changes...)
	s.mu.Unlock()
	s.signal()
	<-b.done
	return b.err
}

// later makes a change soon. If the process dies before that, the change was never made: what it took away is there
// again, and is delivered once more.
func (s *store) later(c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	s.open.changes = append(s.open.changes, c)
	if !s.timer {
		s.timer = true
		time.AfterFunc(flushDelay, s.signal)
	}
}

func (s *store) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// commitAll writes one batch after the other until the store is closed.
func (s *store) commitAll() {
	defer close(s.closed)
	for range s.wake {
		s.mu.Lock()
		b, last := s.open, s.closing
		s.open, s.timer = newBatch(), false
		s.mu.Unlock()
		if b.err = s.commit(b.changes); b.err != nil {
			s.log.Error("queue not written", "error", b.err.Error())
		}
		close(b.done)
		if last {
			return
		}
	}
}

func (s *store) commit(changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketName)
		for _, c := range changes {
			key := binary.BigEndian.AppendUint64(nil, c.key)
			if c.value == nil {
				if err := bucket.Delete(key); err != nil {
					return err
				}
			} else if err := bucket.Put(key, c.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the queue: %w", err)
	}
	return nil
}

// abandon drops what is not written yet and writes nothing more.
func (s *store) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	dropped := s.open
	s.open = newBatch()
	dropped.err = errClosed
	close(dropped.done)
}

// close writes what is still to be written and lets go of the file. Closing twice is harmless.
func (s *store) close() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.signal()
	<-s.closed
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the queue: %w", err)
	}
	return nil
}
