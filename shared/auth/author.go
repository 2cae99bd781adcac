package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
)

// ErrNotTheAuthor says that an event does not prove who said it, or that its author may not say such a thing.
var ErrNotTheAuthor = errors.New("the event is not its author's")

// Author signs what one function says and checks what it hears: it implements function.Signatures.
//
// A function has one kind of key for its tokens and for its events. That is one secret fewer to keep and to rotate, and
// whoever holds it is the function in both; neither signature passes for the other, for a token's text is base64 and
// dots (RFC 7515 §5.1) and an event's begins with its form and a colon.
type Author struct {
	name    string
	private PrivateKeys
	public  PublicKeys
}

// NewAuthor makes the author of what b's function says. The first private key signs. Public keys are those of every
// function, and may be absent only where nothing is heard: without them nothing is believed.
func NewAuthor(b function.Boot, private PrivateKeys, public PublicKeys) (Author, error) {
	if err := private.belongTo(b.Name); err != nil {
		return Author{}, fmt.Errorf("%s: the setting FUNCTION_KEY is malformed: %w", b.Name, err)
	}
	return Author{name: b.Name, private: private, public: public}, nil
}

// Sign implements function.Signatures. An event that has a signature keeps it: who carries on what another said cannot
// say it in their own name.
func (a Author) Sign(e events.Event) (events.Event, error) {
	if e.Signature.Value != "" || clock(e) {
		return e, nil
	}
	if e.Source != a.name {
		return events.Event{}, fmt.Errorf("%w: %s cannot sign for %s", ErrNotTheAuthor, a.name, e.Source)
	}
	return e.Sign(a.private[0].ID, a.private[0].Key())
}

// Verify implements function.Signatures. The key must be known and belong to the event's source, the signature must
// hold, and the source must be the one function that may say this.
func (a Author) Verify(e events.Event) error {
	if clock(e) {
		return nil
	}
	key, known := a.public[e.Signature.Key]
	switch said := e.Payload.Type(); {
	case e.Signature.Value == "":
		return refuse(e, "it has no signature")
	case !known:
		return refuse(e, "its key is unknown")
	case owner(e.Signature.Key) != e.Source:
		return refuse(e, "its key belongs to another function")
	case events.Author(e.Payload) != e.Source:
		return refuse(e, "its source may not say "+said)
	case !e.SignedBy(key):
		return refuse(e, "its signature does not hold")
	}
	return nil
}

func refuse(e events.Event, why string) error {
	return function.Refusal{Cause: fmt.Errorf("%w: %s: %s", ErrNotTheAuthor, e.Payload.Type(), why)}
}

// clock reports whether e is a tick. Knative's PingSource makes them and can sign nothing, so a tick is believed as it
// is, by whoever hears ticks: only persist does. It carries nothing, and all that it can do is to make persist look at
// the due times on record, at most a hundred at once: forged or repeated, it finds what is due, or nothing.
func clock(e events.Event) bool {
	_, tick := e.Payload.(events.ClockTicked)
	return tick
}

// owner is the function that a key of this name belongs to: "send-mail" for "send-mail" and for "send-mail_2", its next
// one. No function's name has an underscore.
func owner(key string) string {
	name, _, _ := strings.Cut(key, "_")
	return name
}

// belongTo requires that there is a key and that all of them are of this function.
func (k PrivateKeys) belongTo(name string) error {
	if len(k) == 0 {
		return errors.New("there is no key")
	}
	for _, key := range k {
		if owner(key.ID) != name {
			return fmt.Errorf("the function key must have the id %q, or that and an underscore and a number", name)
		}
	}
	return nil
}

// Token returns what mints the function's own tokens for persist.
func (a Author) Token(now func() time.Time) func() (string, error) {
	return func() (string, error) { return MintFunction(a.name, a.private, now()) }
}
