package events

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// The CloudEvents extension attributes of a signature. Their names are lower-case letters and their values printable
// ASCII, so they stand the same in both HTTP modes and in every protocol (CloudEvents 1.0, "Extension Context
// Attributes" and "Type System").
const (
	signatureName = "signature"
	keyName       = "signaturekey"
)

// Signature is how an event proves its author.
type Signature struct {
	Key   string // which of the author's keys made it: "send-mail" or "send-mail_2"
	Value string // Ed25519 (RFC 8032) over Event.signed, 64 bytes in base64url without padding
}

// signatureOf reads the signature of an event: both attributes, or there is none.
func signatureOf(ce cloudevents.Event) Signature {
	key, _ := ce.Extensions()[keyName].(string)
	value, _ := ce.Extensions()[signatureName].(string)
	if key == "" || value == "" {
		return Signature{}
	}
	return Signature{Key: key, Value: value}
}

// signedForm is the first part of what is signed. It keeps the signature from passing for one over anything else that
// the same key signs, and its number changes with the form.
const signedForm = "paraphe event 1"

// signedTime has milliseconds: the least that any broker which reads and writes times anew is known to keep.
const signedTime = "2006-01-02T15:04:05.000Z"

// signed is what an author signs: these seven parts, each behind its length in bytes and a colon, so that no two
// events can run together. The time is in UTC and cut to milliseconds, and the data are taken without the blanks
// between JSON tokens: a broker may write both anew. The trace is not signed, for it changes from hop to hop.
func (e Event) signed() ([]byte, error) {
	data, err := e.wireData()
	if err != nil {
		return nil, err
	}
	return signedText(e.ID, e.Source, WireType(e.Payload), string(e.Subject), e.Time, data)
}

func signedText(id, source, wireType, subject string, at time.Time, data []byte) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return nil, fmt.Errorf("%w: data of %s: %w", ErrMalformed, wireType, err)
	}
	digest := sha256.Sum256(compact.Bytes())
	var text bytes.Buffer
	for _, part := range []string{
		signedForm, id, source, wireType, subject,
		at.UTC().Truncate(time.Millisecond).Format(signedTime), hex.EncodeToString(digest[:]),
	} {
		fmt.Fprintf(&text, "%d:%s", len(part), part)
	}
	return text.Bytes(), nil
}

// Sign returns e with the signature of this key. Its time must be set. The same key signs the same event alike
// whenever it is asked, so a repetition is the same to the letter.
func (e Event) Sign(id string, key ed25519.PrivateKey) (Event, error) {
	var err error
	if e.data, err = e.wireData(); err != nil {
		return Event{}, err
	}
	text, err := e.signed()
	if err != nil {
		return Event{}, err
	}
	e.Signature = Signature{Key: id, Value: base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, text))}
	return e, nil
}

// SignedBy reports whether the private half of this key made the signature of e.
func (e Event) SignedBy(key ed25519.PublicKey) bool {
	text, err := e.signed()
	return err == nil && e.Signature.holds(key, text)
}

// holds reports whether the private half of this key made the signature over a text. A signature has one spelling only.
func (s Signature) holds(key ed25519.PublicKey, text []byte) bool {
	if strings.ContainsAny(s.Value, "\r\n") { // Go's base64 passes over them
		return false
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s.Value)
	return err == nil && len(signature) == ed25519.SignatureSize && ed25519.Verify(key, text, signature)
}

// wireData is the event's data: what came, if it was received, for that is what its author signed and what a repetition
// must bring, down to the fields that are unknown here; otherwise its payload as JSON.
func (e Event) wireData() ([]byte, error) {
	if e.data != nil {
		return e.data, nil
	}
	data, err := json.Marshal(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Payload.Type(), err)
	}
	return data, nil
}
