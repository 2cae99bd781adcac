package persistclient

import (
	"context"
	"net/http"
	"net/url"

	"github.com/paraphe/paraphe/shared/contract"
)

// Claim is send-mail's leave to write one notification. Times are seconds, by the clock of the record alone: whoever asked counts
// them from before the question.
type Claim struct {
	State   ClaimState `json:"state"`
	Claim   int        `json:"claim,omitempty"` // counts the claims of this notification; a fact about it names the one that it is about
	For     float64    `json:"for,omitempty"`   // Yours: how long; Busy and Waiting: until it may be claimed
	Since   float64    `json:"since,omitempty"` // Unclear: how long ago it was handed over
	Contact Person     `json:"contact"`         // whom to write to; for contract.ToOwner the owner
	Link    string     `json:"link,omitempty"`  // the secret of this notification's link, shown here once and kept hashed
	View    View       `json:"view"`
}

// ClaimState says whose a notification is.
type ClaimState string

const (
	Yours   ClaimState = "yours"   // write it
	Busy    ClaimState = "busy"    // another instance is at it
	Waiting ClaimState = "waiting" // it failed and is not tried again before For; that it is due says persist
	Unclear ClaimState = "unclear" // it was handed over, and nobody said what became of it
	Sent    ClaimState = "sent"    // it went out
	Over    ClaimState = "over"    // it was refused or set aside, or a person is to say whether it goes out again
)

// Handover says that a claimed notification is about to be handed to the mail service.
type Handover struct {
	Notification contract.Notification `json:"kind"`
	Claim        int                   `json:"claim"`
}

// ClaimNotification asks for leave to write one notification. For send-mail.
func (c *Client) ClaimNotification(ctx context.Context, id contract.ID, l contract.Notification) (Claim, error) {
	var claim Claim
	return claim, c.call(ctx, http.MethodPost, notificationsPath(id), l, &claim)
}

// HandOver marks a claimed notification before it is handed to the mail service: from then on nobody else sends it, whatever
// becomes of this claim. Saying it twice is the same as once. It returns for how many seconds the notification stays the
// caller's, or ErrConflict if it is another's by now.
func (c *Client) HandOver(ctx context.Context, id contract.ID, h Handover) (seconds float64, err error) {
	var claim Claim
	err = c.call(ctx, http.MethodPost, notificationsPath(id)+"/handover", h, &claim)
	return claim.For, err
}

func notificationsPath(id contract.ID) string {
	return "/contracts/" + url.PathEscape(string(id)) + "/notifications"
}
