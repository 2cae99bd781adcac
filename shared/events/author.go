package events

// Author is the function that alone may say p; empty for the clock, which is no function. Every program has this
// table, and not the manifests of all the others; a test holds it against them.
func Author(p Payload) string {
	switch p.(type) {
	case ContractDrafted, ContractPreparing, ContractSent, ContractRecorded, ContractSigned,
		ContractCompleted, ContractDeclined, ContractExpired, ContractCancelled, ContractDue, SweepDue:
		return "persist"
	case SignatureOpened, SignatureChecked, SignatureFailed,
		GenerateDocument, OpenSignature, CheckSignature, CancelSignature, SendMail:
		return "orchestrate"
	case DocumentGenerated, DocumentRefused:
		return "generate-doc"
	case MailSent, MailFailed, MailRefused:
		return "send-mail"
	case SignatureReported:
		return "receive-webhook"
	}
	return ""
}
