// Package signing has contracts signed: it hands the document and the signers to a signature service, which proves
// each signer with a code sent by SMS, and asks that service how far they are. It alone knows what services call
// things; it decides nothing and keeps nothing.
package signing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Service is a signature service. Every method may be called again after any error and from several instances at
// once. Errors name the act and the service's ids, never a person.
type Service interface {
	// Open hands the order over and returns once every signer may sign. It is idempotent by Order.Token: called
	// again, after whatever went wrong, it goes on with what the service already has and makes nothing twice.
	Open(ctx context.Context, o Order) (Opened, error)

	// Look asks how the request stands. ErrUnknown if the service has no such request.
	Look(ctx context.Context, requestID string) (Answer, error)

	// Cancel withdraws the request. It is nil also if the request was cancelled or finished before: who needs to
	// know which, looks afterwards. The note is kept by the service.
	Cancel(ctx context.Context, requestID, note string) error

	// Link returns the address at which this signer can sign at this moment. Whoever holds it can start to sign:
	// it is given to the signer at once and never kept or logged. ErrNotReady if it is not the signer's turn.
	Link(ctx context.Context, requestID, signerID string) (url string, err error)

	// SignedCopy returns the PDF as everyone signed it. ErrNotReady before everyone has.
	SignedCopy(ctx context.Context, requestID string) ([]byte, error)

	// Proof returns the service's audit trail as a PDF. ErrNotReady while it is still being made.
	Proof(ctx context.Context, requestID string) ([]byte, error)
}

// Order is what is to be signed, and by whom.
type Order struct {
	Token     string // our sealed message; the service gives it back with every report and finds the request by it
	Title     string
	Document  []byte // a PDF with one signature place for each of People
	Language  string // ISO 639-1, of the audit trail
	Deadline  time.Time
	Ordered   bool // whether each signs only after the one before
	People    []Signatory
	ReturnURL string // where the signer's browser goes afterwards; "" leaves it on the service's last page
}

// Signatory is a person who signs. ID is ours.
type Signatory struct{ ID, FirstName, LastName, Email, Phone, Locale string }

// Opened is a request that waits for its signers.
type Opened struct {
	RequestID string
	Signers   map[string]string // our signer id to the service's
}

// Answer is what the service says of a request.
type Answer struct {
	State   events.SignatureState
	Signers map[string]SignerAnswer // by the service's signer id
}

// SignerAnswer is what the service says of one signer. SignedAt is zero until then.
type SignerAnswer struct {
	State    contract.SignerState
	SignedAt time.Time
}

var (
	// ErrNotReady says that the service does not have it yet and will.
	ErrNotReady = errors.New("the signature service does not have it yet")
	// ErrUnknown says that the service has no such request or signer.
	ErrUnknown = errors.New("the signature service knows no such request")
)

// Limited says that the service takes no more calls for a while.
type Limited struct{ After time.Duration }

func (l Limited) Error() string {
	return fmt.Sprintf("the signature service takes no calls for %s", l.After)
}

// Rejected says that the service will never take this. Type is the service's word for why; Detail names the fields,
// never what is in them. Status is 0 where the service took what we must not accept.
type Rejected struct {
	Status       int
	Type, Detail string
}

func (r Rejected) Error() string {
	return fmt.Sprintf("the signature service rejected it: status %d, %s: %s", r.Status, r.Type, r.Detail)
}
