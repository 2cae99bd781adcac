// Package fakepersist stands in for persist: it answers the calls of persistclient out of memory, and is no kinder than the
// real one. internal/testkit/conformance says how both must answer; what tests set by hand is exported.
package fakepersist

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Store is what is on record. Whoever reads or writes it while it is asked holds Mu.
type Store struct {
	sessions auth.Sessions
	keys     auth.PublicKeys
	now      func() time.Time

	Mu            sync.Mutex
	Away          bool          // answers 503 to everything
	Closing       bool          // closes an account as soon as it was asked for by its address
	Writing       bool          // notifications are being written: addresses stay as they are
	Overtaken     bool          // another delivery brings each page of a sweep first
	Overtakes     int           // how many actions come too late, because the contract is written by another first
	Quiet         time.Duration // since the last try to open an attempt
	Most          int           // contracts that are selected at once
	Spare         int           // calls of the signature service that may begin; below 0 for any number
	ReuseInterval time.Duration // for which a refresh token that was used leads to its successor

	Contracts map[contract.ID]*persistclient.View
	Tokens    map[contract.ID]string // sealed messages of the current attempts
	Files     map[string][]byte      // by their digests
	Recorded  map[contract.ID]string // ids of requests at the signature service
	Users     map[string]persistclient.User
	Refresh   map[string]persistclient.Session
	Links     map[string]persistclient.Link
	Failures  map[string]failed
	Strays    map[string]*persistclient.StrayRequest

	Actions    []persistclient.Action // that were written down
	Facts      []events.Payload       // facts that were brought
	Swept      []persistclient.SweptPage
	Identities []persistclient.Identity // that were asked about
	Writes     int

	kept         map[string]keptAnswer
	selections   map[string]chosen
	histories    map[contract.ID][]persistclient.Entry
	inbox        map[string]bool // ids of facts
	leases       map[contract.ID]*lease
	begun        map[contract.ID]bool
	mailing      map[string]bool // "contract/signer" to whom a notification is being written
	used         map[string]usedRefresh
	identities   map[persistclient.Identity]string // accounts by issuer and subject
	blockedUntil time.Time
	sweep        sweep
	deadLetters  []*persistclient.DeadLetter
}

// New is an empty record that takes the tokens of these sessions and of functions with these keys.
func New(sessions auth.Sessions, keys auth.PublicKeys, now func() time.Time) *Store {
	return &Store{
		sessions: sessions, keys: keys, now: now, Quiet: time.Hour, Most: persistclient.SelectionLimit, Spare: -1, ReuseInterval: 20 * time.Second,
		Contracts: map[contract.ID]*persistclient.View{}, Tokens: map[contract.ID]string{}, Files: map[string][]byte{}, Recorded: map[contract.ID]string{},
		Users: map[string]persistclient.User{}, Refresh: map[string]persistclient.Session{}, Links: map[string]persistclient.Link{},
		Failures: map[string]failed{}, Strays: map[string]*persistclient.StrayRequest{},
		kept: map[string]keptAnswer{}, selections: map[string]chosen{}, histories: map[contract.ID][]persistclient.Entry{}, inbox: map[string]bool{},
		leases: map[contract.ID]*lease{}, begun: map[contract.ID]bool{}, mailing: map[string]bool{}, used: map[string]usedRefresh{},
		identities: map[persistclient.Identity]string{},
	}
}

// Change writes to a contract as some other function would.
func (s *Store) Change(t *testing.T, id contract.ID, f func(v *persistclient.View)) {
	t.Helper()
	s.Mu.Lock()
	defer s.Mu.Unlock()
	v := s.Contracts[id]
	if v == nil {
		t.Fatalf("there is no contract %s", id)
	}
	f(v)
	v.Version++
}

// Keep puts a file into the record and returns what it is.
func (s *Store) Keep(file string) *contract.Document {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	d := persistclient.DocumentOf([]byte(file))
	s.Files[d.SHA256] = []byte(file)
	return &d
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
