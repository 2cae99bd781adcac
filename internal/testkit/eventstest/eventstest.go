// Package eventstest signs events for the tests of those who consume them: an event without a valid signature is refused,
// in tests too. The keys are derived from the functions' names; no installation uses them.
package eventstest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Seed is the seed of a function's test key.
func Seed(name string) []byte {
	seed := sha256.Sum256([]byte("a key for tests: " + name))
	return seed[:]
}

// Keys are the public keys of all authors, by function.
func Keys() map[string]ed25519.PublicKey {
	keys := map[string]ed25519.PublicKey{}
	for _, p := range events.Catalogue {
		if name := events.Author(p); name != "" {
			keys[name] = ed25519.NewKeyFromSeed(Seed(name)).Public().(ed25519.PublicKey)
		}
	}
	return keys
}

// Signed signs an event as its source does.
func Signed(e events.Event) events.Event {
	signed, err := e.Sign(e.Source, ed25519.NewKeyFromSeed(Seed(e.Source)))
	if err != nil {
		panic(err) // events of tests can be encoded
	}
	return signed
}

// Verified is an event with this payload about a contract, signed by its author and verified: what a handler receives.
func Verified(id string, about contract.ID, p events.Payload) events.Verified {
	e := events.Event{ID: id, Source: events.Author(p), Subject: about, Time: time.Now(), Payload: p}
	if e.Source == "" { // the clock, which signs nothing
		e.Source = "/apis/v1/namespaces/paraphe/pingsources/clock"
	} else {
		e = Signed(e)
	}
	v, err := events.Verify(e, events.ByBroker(), Keys())
	if err != nil {
		panic(err) // it was signed by its author
	}
	return v
}
