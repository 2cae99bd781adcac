package yousign

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// The statuses of Yousign that decisions here depend on.
const (
	wireDraft    = "draft"
	wireDeleted  = "deleted"
	wireDone     = "done"
	wireSigned   = "signed"
	wireError    = "error"
	wireCanceled = "canceled"
)

// wireRequest is a Signature Request as far as it is read. Its signers carry id and status only.
type wireRequest struct {
	ID         string         `json:"id"`
	Status     string         `json:"status"`
	ExternalID string         `json:"external_id"`
	CreatedAt  time.Time      `json:"created_at"`
	Signers    []wireSigner   `json:"signers"`
	Documents  []wireDocument `json:"documents"`
}

// wireSigner is a Signer as far as it is read. Inside a request it has only id and status; asked for by itself, all of
// it. SignedAt and Link are null, which reads as zero, until there is one.
type wireSigner struct {
	ID            string    `json:"id"`
	Status        string    `json:"status"`
	Info          wireInfo  `json:"info"`
	SignedAt      time.Time `json:"signed_at"`
	Link          string    `json:"signature_link"`
	LinkExpiresAt time.Time `json:"signature_link_expiration_date"`
}

// wireInfo is who a signer is, in both directions.
type wireInfo struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone_number"`
	Locale    string `json:"locale"`
}

// wireDocument is a Document as far as it is read. Inside a request it has no number of anchors.
type wireDocument struct {
	ID      string `json:"id"`
	Nature  string `json:"nature"`
	Anchors int    `json:"total_anchors"`
}

const signableDocument = "signable_document"

// requestStates says what each status of a request means to us. A draft is missing: it is no answer yet.
var requestStates = map[string]events.SignatureState{
	"approval": events.SignatureOngoing, "ongoing": events.SignatureOngoing, "paused": events.SignatureOngoing,
	wireDone:   events.SignatureDone,
	"declined": events.SignatureDeclined, "rejected": events.SignatureDeclined,
	"expired":    events.SignatureExpired,
	wireCanceled: events.SignatureCancelled,
	wireDeleted:  events.SignatureNone,
}

// state puts the request's status into our words. A word that is not known here is an error: nothing follows from it.
// Yousign cancels a request by itself when it gives a signer up (signer.error, mostly a document that it cannot
// stamp): that is a failure, nobody withdrew it.
func (r wireRequest) state() (events.SignatureState, error) {
	state, known := requestStates[r.Status]
	switch {
	case r.Status == wireDraft:
		return "", fmt.Errorf("request %s is a draft: %w", r.ID, signing.ErrNotReady)
	case !known:
		return "", fmt.Errorf("request %s has a status that is not known here: %s", r.ID, plain(r.Status))
	case state == events.SignatureCancelled && r.anySigner(wireError):
		return events.SignatureGivenUp, nil
	}
	return state, nil
}

// ongoing reports whether somebody can sign it, or will be able to.
func (r wireRequest) ongoing() bool { return requestStates[r.Status] == events.SignatureOngoing }

func (r wireRequest) anySigner(status string) bool {
	for _, s := range r.Signers {
		if s.Status == status {
			return true
		}
	}
	return false
}

// signerStates says what each status of a signer means to us. What is missing is on the way between invited and
// signed (notified, verified, processing, consent_given) and final in no case.
var signerStates = map[string]contract.SignerState{
	"initiated": contract.Waiting,
	wireSigned:  contract.HasSigned,
	"declined":  contract.HasDeclined,
	"aborted":   contract.CouldNotBeAsked,
	wireError:   contract.CouldNotBeAsked,
}

// answer puts a signer's status into our words.
func (s wireSigner) answer() signing.SignerResult {
	state, known := signerStates[s.Status]
	if !known {
		state = contract.Invited
	}
	if state != contract.HasSigned {
		return signing.SignerResult{State: state}
	}
	return signing.SignerResult{State: state, SignedAt: s.SignedAt}
}

// is reports whether this is the person. The address identifies; the service may write the rest its own way.
func (s wireSigner) is(p signing.Signatory) bool { return strings.EqualFold(s.Info.Email, p.Email) }

// opensInBrowser tells an address that a browser may be sent to from one that would run something there.
func opensInBrowser(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
