// Package authors has a key for everybody who says something, for the tests of those who hear it: what nobody signed is
// heard by nobody, in tests neither. The keys follow from the authors' names, and no installation has them.
package authors

import (
	"crypto/ed25519"
	"crypto/sha256"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Seed is what the key of the function of this name is made from.
func Seed(name string) []byte {
	seed := sha256.Sum256([]byte("a key for tests: " + name))
	return seed[:]
}

// Keys are the public halves of everybody's keys, by their names.
func Keys() map[string]ed25519.PublicKey {
	keys := map[string]ed25519.PublicKey{}
	for _, p := range events.Catalogue {
		if name := events.Author(p); name != "" {
			keys[name] = ed25519.NewKeyFromSeed(Seed(name)).Public().(ed25519.PublicKey)
		}
	}
	return keys
}

// Signed is an event as its source signs it.
func Signed(e events.Event) events.Event {
	signed, err := e.Sign(e.Source, ed25519.NewKeyFromSeed(Seed(e.Source)))
	if err != nil {
		panic(err) // what tests say can be encoded
	}
	return signed
}

// Said is what the one who may say p says about a contract, in an event of this id, as its listener is given it.
func Said(id string, about contract.ID, p events.Payload) events.Verified {
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
