package events

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/paraphe/paraphe/shared/contract"
)

// ErrNotAuthor says that an event does not prove who said it, that its author may not say such a thing, or that
// somebody brings it who did not say it.
var ErrNotAuthor = errors.New("the event is not its author's")

// Verified is an event that passed Verify, the one check at every way in. Nothing else makes one that holds an event, so
// whoever takes a Verified cannot be given what nobody checked.
type Verified struct{ event Event }

// Event is what was said.
func (v Verified) Event() Event { return v.event }

// Way is how an event came in, with what that way knows of it apart from what the event says of itself.
type Way struct {
	direct   bool
	function string
	contract contract.ID
}

// ByBroker is the way of what the Broker carries: everybody's events about every contract. A dead letter is one, too.
func ByBroker() Way { return Way{} }

// ByHand is the way of what a function brings itself, by a token of its own, for one contract.
func ByHand(function string, about contract.ID) Way {
	return Way{direct: true, function: function, contract: about}
}

// Verify is the one check that an event goes through before anybody acts on it or writes it down. Its key must be known
// and belong to its source, its source must be the one function that may say this, and the signature must hold. What is
// brought by hand must be its bringer's own, and about the contract that it is brought for. keys are the public halves of
// every function's keys, by their names.
func Verify(e Event, came Way, keys map[string]ed25519.PublicKey) (Verified, error) {
	why := ""
	key, known := keys[e.Signature.Key]
	switch out := e.Payload.Type(); {
	case came.direct && came.function != e.Source:
		why = "its source is not who brings it"
	case came.direct && came.contract != e.Subject:
		why = "it is about another contract"
	case !came.direct && isTick(e):
		if !strings.HasPrefix(e.Source, clockSource) {
			why = "it comes from no clock"
		}
	case e.Signature.Value == "":
		why = "it has no signature"
	case !known:
		why = "its key is unknown"
	case KeyOwner(e.Signature.Key) != e.Source:
		why = "its key belongs to another function"
	case Author(e.Payload) != e.Source:
		why = "its source may not say " + out
	case !e.SignedBy(key):
		why = "its signature does not hold"
	}
	if why != "" {
		return Verified{}, fmt.Errorf("%w: %s: %s", ErrNotAuthor, e.Payload.Type(), why)
	}
	return Verified{e}, nil
}

// clockSource is how the source of every PingSource begins. No function is called so: what a listener remembers of events
// by their sources and ids, a tick cannot take from anybody.
const clockSource = "/apis/v1/namespaces/"

// isTick reports whether e is the clock's. Knative's PingSource can sign nothing, so a tick is accepted unsigned by its only
// consumer, persist. It carries nothing, and all that it can do is to make persist look at the due times on
// record, at most a hundred at once: forged or repeated, it finds what is due, or nothing.
func isTick(e Event) bool {
	_, tick := e.Payload.(ClockTicked)
	return tick
}

// KeyOwner is the function that a key of this name belongs to: "send-mail" for "send-mail" and for "send-mail_2", its
// next one. No function's name has an underscore.
func KeyOwner(key string) string {
	name, _, _ := strings.Cut(key, "_")
	return name
}
