package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// Author signs the events that one function publishes and verifies those that it receives: it implements function.Signatures.
//
// A function has one kind of key for its tokens and for its events. That is one secret fewer to keep and to rotate, and
// whoever holds it is the function in both; neither signature passes for the other, for a token's text is base64 and
// dots (RFC 7515 §5.1) and an event's begins with its form and a colon.
type Author struct {
	name    string
	private PrivateKeys
	public  PublicKeys
}

// NewAuthor makes the author of the events of b's function. The first private key signs. Public keys are those of every
// function, and may be absent only where no event is consumed: without them every signed event is refused.
func NewAuthor(b function.Boot, private PrivateKeys, public PublicKeys) (Author, error) {
	if err := private.belongTo(b.Name); err != nil {
		return Author{}, fmt.Errorf("%s: the setting FUNCTION_KEY is malformed: %w", b.Name, err)
	}
	return Author{name: b.Name, private: private, public: public}, nil
}

// Sign implements function.Signatures. An event that has a signature keeps it: a function that forwards another's event cannot
// sign it in its own name.
func (a Author) Sign(e events.Event) (events.Event, error) {
	if _, tick := e.Payload.(events.ClockTicked); tick || e.Signature.Value != "" {
		return e, nil
	}
	if e.Source != a.name {
		return events.Event{}, fmt.Errorf("%w: %s cannot sign for %s", events.ErrNotAuthor, a.name, e.Source)
	}
	return e.Sign(a.private[0].ID, a.private[0].Key())
}

// Verify implements function.Signatures: events.Verify with the keys of this function's settings.
func (a Author) Verify(e events.Event, came events.Way) (events.Verified, error) {
	v, err := events.Verify(e, came, a.public)
	if err != nil {
		return v, function.Refusal{Cause: err}
	}
	return v, nil
}

// belongTo requires that there is a key and that all of them are of this function.
func (k PrivateKeys) belongTo(name string) error {
	if len(k) == 0 {
		return errors.New("there is no key")
	}
	for _, key := range k {
		if events.KeyOwner(key.ID) != name {
			return fmt.Errorf("the function key must have the id %q, or that and an underscore and a number", name)
		}
	}
	return nil
}

// Token mints a token of the function's own, for one question.
func (a Author) Token(q Question, now time.Time) (string, error) {
	return MintFunction(a.name, q, a.private, now)
}
