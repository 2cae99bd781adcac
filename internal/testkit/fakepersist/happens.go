package fakepersist

import (
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Disable closes an account, as an operator does.
func (s *Store) Disable(t *testing.T, user string) {
	t.Helper()
	s.Mu.Lock()
	defer s.Mu.Unlock()
	if _, there := s.Users[user]; !there {
		t.Fatalf("there is no account %s", user)
	}
	s.Users[user] = Closed(s.Users[user])
	s.endSessions(user)
}

// Mail has a notification with a link written, which is under way from then on.
func (s *Store) Mail(t *testing.T, id contract.ID, l contract.Notification) (secret string) {
	t.Helper()
	s.Mu.Lock()
	defer s.Mu.Unlock()
	if s.Contracts[id].Notification(l.Kind, l.Recipient) == nil {
		t.Fatalf("contract %s has no notification %s", id, l.Key())
	}
	secret = newID()
	s.Links[digestOf([]byte(secret))] = persistclient.Link{Contract: id, Signer: l.Recipient}
	s.mailing[string(id)+"/"+l.Recipient] = true
	return secret
}

// BeginSweep begins a sweep, which waits for its first page.
func (s *Store) BeginSweep(t *testing.T) (number int) {
	t.Helper()
	s.Mu.Lock()
	defer s.Mu.Unlock()
	s.sweep = sweep{number: s.sweep.number + 7}
	return s.sweep.number
}

// AddDeadLetter has an event that nobody could take, about some contract.
func (s *Store) AddDeadLetter(t *testing.T) persistclient.DeadLetter {
	t.Helper()
	s.Mu.Lock()
	defer s.Mu.Unlock()
	l := persistclient.DeadLetter{ID: newID(), At: s.now().UTC(), Type: "dev.paraphe.mail.send", Source: "orchestrate", Contract: contract.ID(newID()), Code: "422"}
	s.deadLetters = append(s.deadLetters, &l)
	return l
}
