package events

import "github.com/paraphe/paraphe/shared/contract"

// Commands: what orchestrate asks of others, and of itself where the signature service has to be called. Each has
// exactly one listener. The contract is the event's subject.
type (
	// GenerateDocument asks generate-doc to draw the document and to put it into the record.
	GenerateDocument struct {
		Template string `json:"template"` // "service-agreement/1"
	}

	// OpenSignature asks orchestrate to hand the document to the signature service.
	OpenSignature struct {
		Attempt int `json:"attempt"`
	}

	// CheckSignature asks orchestrate to look at what the signature service says, and to fetch what is ready.
	CheckSignature struct {
		Attempt int `json:"attempt"`
	}

	// CancelSignature asks orchestrate to withdraw the request at the signature service.
	CancelSignature struct {
		Attempt int `json:"attempt"`
	}

	// SendMail asks send-mail to write one notification to one recipient.
	SendMail struct {
		Kind      contract.NotificationKind `json:"kind"`
		Sequence  int                       `json:"sequence"`
		Recipient string                    `json:"recipient"` // a signer's id or contract.ToOwner
	}
)

func (GenerateDocument) Type() string { return "document.generate" }
func (OpenSignature) Type() string    { return "signature.open" }
func (CheckSignature) Type() string   { return "signature.check" }
func (CancelSignature) Type() string  { return "signature.cancel" }
func (SendMail) Type() string         { return "mail.send" }
