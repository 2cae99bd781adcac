package events

import "github.com/paraphe/paraphe/shared/contract"

// Facts of persist: a contract as it stands after something was written down. Each carries the whole snapshot, so
// that who receives it needs to ask nobody.
type (
	// ContractDrafted says that a contract was made; nothing outside has seen it.
	ContractDrafted struct{ Snapshot }
	// ContractPreparing says that its owner sent it off: the document is to be drawn.
	ContractPreparing struct{ Snapshot }
	// ContractSent says that the signature service waits for the signers.
	ContractSent struct{ Snapshot }
	// ContractRecorded says that something was written down that did not change the status.
	ContractRecorded struct{ Snapshot }
	// ContractSigned says that everyone signed.
	ContractSigned struct{ Snapshot }
	// ContractCompleted says that signed copy and proof are kept and the copies mailed: the end.
	ContractCompleted struct{ Snapshot }
	// ContractDeclined says that a signer refused: the end.
	ContractDeclined struct{ Snapshot }
	// ContractExpired says that the deadline passed: the end.
	ContractExpired struct{ Snapshot }
	// ContractCancelled says that it was withdrawn: the end.
	ContractCancelled struct{ Snapshot }
	// ContractDue says that its due time came and nothing had followed: look at it again.
	ContractDue struct{ Snapshot }
)

// Snapshot is the contract as it stood when the fact was written down.
type Snapshot struct {
	Contract contract.Contract `json:"contract"`
	Cause    string            `json:"cause,omitempty"` // what was written down: the type of a fact, or "action.send"
}

// Stands returns the contract of any contract fact.
func (s Snapshot) Stands() contract.Contract { return s.Contract }

// AsSnapshot returns the snapshot of any contract fact.
func (s Snapshot) AsSnapshot() Snapshot { return s }

// Facts of the others.
type (
	// DocumentGenerated says that the document was drawn and put into the record. (generate-doc)
	DocumentGenerated struct {
		Document contract.Document `json:"document"`
		Anchors  int               `json:"anchors"` // signature places in it: one for each signer
	}

	// DocumentRefused says that the document can never be drawn from this contract. (generate-doc)
	DocumentRefused struct {
		Reason string `json:"reason"` // in words; names the field, never its value
		Field  string `json:"field,omitempty"`
	}

	// SignatureOpened says that the signature service holds the document and waits for the signers. (orchestrate)
	SignatureOpened struct {
		Attempt int               `json:"attempt"`
		ID      string            `json:"request"` // the service's id of the request
		Signers map[string]string `json:"signers"` // our signer id to the service's
	}

	// SignatureChecked says what the signature service answered when it was asked. (orchestrate)
	SignatureChecked struct {
		Attempt    int                `json:"attempt"`
		State      SignatureState     `json:"state"`
		Signers    []contract.Signer  `json:"signers,omitempty"`
		SignedCopy *contract.Document `json:"signed_copy,omitempty"`
		Proof      *contract.Document `json:"proof,omitempty"`
	}

	// SignatureFailed says that something could not be done at the signature service. It says nothing about how the
	// request stands there, unless Over is true. (orchestrate)
	SignatureFailed struct {
		Attempt int    `json:"attempt"`
		Act     string `json:"act"`              // "open", "look", "withdraw" or "fetch"
		Cause   string `json:"cause"`            // a stable code: "signature.rejected"
		Detail  string `json:"detail,omitempty"` // names fields and statuses, never a value
		Ours    bool   `json:"ours,omitempty"`   // a fault of our installation, the same for every contract
		Over    bool   `json:"over,omitempty"`   // the attempt was never opened and never will be: the service has nothing of it
	}

	// SignatureReported says that a proved message of the signature service came in: a hint to look, no more.
	// (receive-webhook)
	SignatureReported struct {
		Service     string `json:"service"` // "yousign"
		Slot        string `json:"slot"`    // which configured slot it came through
		Request     string `json:"request"` // the service's id of the request
		Attempt     int    `json:"attempt"` // out of our sealed token
		TokenSHA256 string `json:"token_sha256"`
		Delivery    string `json:"delivery"` // the service's id of the event, the same in every repetition
		Name        string `json:"name"`     // the service's name of the event, for the history
		Look        bool   `json:"look"`     // whether it can mean that something changed; if not, it is only kept
	}

	// MailSent says that the mail service took the notification. (send-mail)
	MailSent struct {
		Kind      contract.NotificationKind `json:"kind"`
		Sequence  int                       `json:"sequence"`
		Recipient string                    `json:"recipient"` // a signer's id or contract.ToOwner; never an address
	}

	// MailFailed says that the notification could not be handed to the mail service this time, or that nobody knows whether
	// it was. (send-mail)
	MailFailed struct {
		Kind       contract.NotificationKind `json:"kind"`
		Sequence   int                       `json:"sequence"`
		Recipient  string                    `json:"recipient"`
		Cause      string                    `json:"cause"`                 // a stable code: "mail.unauthorized"
		Detail     string                    `json:"detail,omitempty"`      // names fields and statuses, never an address
		Unclear    bool                      `json:"unclear,omitempty"`     // the mail service may have taken it: it is not sent again by itself
		Ours       bool                      `json:"ours,omitempty"`        // a fault of our installation, the same for every notification
		RetryAfter int                       `json:"retry_after,omitempty"` // seconds that the mail service asked to wait; if unclear, until it is asked again
		Claim      int                       `json:"claim,omitempty"`       // which claim of the notification it is about
	}

	// MailRefused says that the mail service will never take the notification. (send-mail)
	MailRefused struct {
		Kind      contract.NotificationKind `json:"kind"`
		Sequence  int                       `json:"sequence"`
		Recipient string                    `json:"recipient"`
		Cause     string                    `json:"cause,omitempty"` // a stable code: "mail.address_refused"
		Reason    string                    `json:"reason"`
		Claim     int                       `json:"claim,omitempty"` // which claim of the notification it is about
	}

	// SweepDue says that it is time to look through every request at the signature service, or to go on with that: for
	// those that belong to no attempt on record. It is about no contract. (persist)
	SweepDue struct {
		Number int    `json:"number"`           // of the sweep
		Cursor string `json:"cursor,omitempty"` // of the service's list; empty at its beginning
	}

	// ClockTicked says that time passed. The PingSource of eventing/clock.yaml says it every minute. (the clock)
	ClockTicked struct{}
)

// SignatureState is what the signature service says of a request, in our words.
type SignatureState string

const (
	SignatureOngoing   SignatureState = "ongoing"
	SignatureDone      SignatureState = "done"
	SignatureDeclined  SignatureState = "declined"
	SignatureExpired   SignatureState = "expired"
	SignatureCancelled SignatureState = "cancelled"
	SignatureGivenUp   SignatureState = "failed" // it cancelled the request by itself: it could not go on
	SignatureNone      SignatureState = "none"   // it has no such request, which was made sure of
)

func (ContractDrafted) Type() string   { return "contract.drafted" }
func (ContractPreparing) Type() string { return "contract.preparing" }
func (ContractSent) Type() string      { return "contract.sent" }
func (ContractRecorded) Type() string  { return "contract.recorded" }
func (ContractSigned) Type() string    { return "contract.signed" }
func (ContractCompleted) Type() string { return "contract.completed" }
func (ContractDeclined) Type() string  { return "contract.declined" }
func (ContractExpired) Type() string   { return "contract.expired" }
func (ContractCancelled) Type() string { return "contract.cancelled" }
func (ContractDue) Type() string       { return "contract.due" }
func (DocumentGenerated) Type() string { return "document.generated" }
func (DocumentRefused) Type() string   { return "document.refused" }
func (SignatureOpened) Type() string   { return "signature.opened" }
func (SignatureChecked) Type() string  { return "signature.checked" }
func (SignatureFailed) Type() string   { return "signature.failed" }
func (MailFailed) Type() string        { return "mail.failed" }
func (SignatureReported) Type() string { return "signature.reported" }
func (MailSent) Type() string          { return "mail.sent" }
func (MailRefused) Type() string       { return "mail.refused" }
func (SweepDue) Type() string          { return "sweep.due" }
func (ClockTicked) Type() string       { return "clock.ticked" }
