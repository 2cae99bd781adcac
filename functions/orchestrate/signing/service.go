// Package signing has contracts signed: it hands the document and the signers to a signature service, which proves
// each signer with a code sent by SMS, and asks that service how far they are. What a service must do and how it fails is
// here, in our words; each service is a folder in this one, which alone knows that service's words.
package signing

import (
	"context"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Service is a signature service. Every method may be called again after any error. Errors name the act and the
// service's ids, never a person; what they say is in errors.go. Whatever is no positive word of the service about
// this request is an error, and says nothing about the request.
type Service interface {
	// Open goes on with the attempt from where the service has it, until the signers may sign or ctx ends. p says
	// what earlier tries are known to have done. At most one caller at a time works on an attempt. ctx should have a
	// deadline, even if the caller will be cut off anyway: then little is begun that would be cut off.
	//
	// Rejected: the service will never take this order, and nothing of it is left there. ErrUnknown: it does not know
	// p.RequestID, and nothing was made instead; who has made sure that the request is gone opens with no RequestID.
	Open(ctx context.Context, o Order, p Progress) (Opened, error)

	// Look asks how the request stands. ErrUnknown if the service has no such request, ErrNotReady while it is a draft.
	Look(ctx context.Context, requestID string) (Result, error)

	// Withdraw ends every request that the service holds for this attempt (found by token, and by requestID if it is
	// not "") and says how the attempt stands there afterwards: SignatureDone if everyone had signed before, else how
	// the request ended. SignatureNone if a complete answer of the service lists none but drafts, which are deleted
	// by then, and it does not know requestID: worth something only together with Sees. The service keeps the note.
	Withdraw(ctx context.Context, token, requestID, note string) (Result, error)

	// Sees reports whether the key in use sees at least one request whose external id is one of ours (mine says so):
	// the proof that it is the key of the right workspace, without which "unknown" means nothing.
	Sees(ctx context.Context, mine func(externalID string) bool) (bool, error)

	// List pages through every request that the key sees, newest first. The first cursor is "", and so is the one
	// after the last page.
	List(ctx context.Context, cursor string) (page []Listed, next string, err error)

	// Link returns the address at which this signer can sign at this moment. Whoever holds it can start to sign:
	// it is given to the signer at once and never kept or logged. ErrNotReady if it is not the signer's turn.
	Link(ctx context.Context, requestID, signerID string) (url string, err error)

	// SignedCopy returns the PDF as everyone signed it. ErrNotReady before everyone has.
	SignedCopy(ctx context.Context, requestID string) ([]byte, error)

	// Proof returns the service's audit trail as a PDF. ErrNotReady while it is still being made.
	Proof(ctx context.Context, requestID string) ([]byte, error)
}

// WithdrawalNote is what a service keeps about why. The owner's own words stay here: they may be personal.
const WithdrawalNote = "withdrawn by its owner"

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

// Progress is what is on record of earlier tries to open an order.
type Progress struct {
	RequestID string // noted before; "" if unknown
	Begun     bool   // an earlier try may have made something: it is searched for by its token first. False: nothing can exist

	// Note is called as soon as the service has made or shown the request, before the next step. Its error ends the
	// try. It may be nil.
	Note func(ctx context.Context, requestID string) error
}

// Opened is a request that waits for its signers.
type Opened struct {
	RequestID string
	Signers   map[string]string // our signer id to the service's
}

// Result is what the service says of a request. RequestID is "" if there is none.
type Result struct {
	RequestID string
	State     events.SignatureState
	Signers   map[string]SignerResult // by the service's signer id
	Deleted   bool                    // of a withdrawal that found nothing: the service says of the request that was named that it is deleted
}

// SignerResult is what the service says of one signer. SignedAt is zero until then.
type SignerResult struct {
	State    contract.SignerState
	SignedAt time.Time
}

// Listed is a request as the service lists it.
type Listed struct {
	ID, ExternalID string
	Status         string                // in the service's own words
	State          events.SignatureState // in ours; "" for a draft, which nobody can sign, and for a word that is not known
	Created        time.Time
}

// Config is what the client of a signature service needs.
type Config struct {
	Address string // with the version: https://api-sandbox.yousign.app/v3
	APIKey  string
	HTTP    *http.Client
	Now     func() time.Time

	// Gate is asked before each call; its error is passed on instead of the call. Report is told how long the service
	// takes no calls. So all instances can share what the service allows. Each may be nil.
	Gate   func(context.Context) error
	Report func(ctx context.Context, after time.Duration)
}
