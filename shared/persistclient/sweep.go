package persistclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// SweptPage is a page of the signature service's list of requests: those that bear a message of ours.
type SweptPage struct {
	Number   int            `json:"number"`           // of the sweep
	Cursor   string         `json:"cursor,omitempty"` // of this page
	Next     string         `json:"next,omitempty"`   // of the page after it; empty after the last
	Again    bool           `json:"again,omitempty"`  // the service did not take the cursor: the list is begun anew
	Requests []SweptRequest `json:"requests,omitempty"`
}

// SweptRequest is a request as the service lists it.
type SweptRequest struct {
	Request    string                `json:"request"`     // the service's id
	ExternalID string                `json:"external_id"` // the sealed message
	Contract   contract.ID           `json:"contract"`    // as the message says
	Attempt    int                   `json:"attempt"`
	State      events.SignatureState `json:"state"`
	Created    time.Time             `json:"created"`
}

// StrayRequest is a request at the signature service that the record does not account for.
type StrayRequest struct {
	ID        string                `json:"id"`
	Request   string                `json:"request"` // the service's id
	Contract  contract.ID           `json:"contract"`
	Attempt   int                   `json:"attempt"`
	OnRecord  bool                  `json:"on_record"` // the attempt is on record, and has ended there
	State     events.SignatureState `json:"state"`     // at the service, when it was last seen
	CreatedAt time.Time             `json:"created_at"`
	FoundAt   time.Time             `json:"found_at"`
	SeenAt    time.Time             `json:"seen_at"`
	SettledAt time.Time             `json:"settled_at,omitzero"`

	// ExternalID is the sealed message. Only orchestrate as itself is given it.
	ExternalID string `json:"external_id,omitempty"`
}

// Settled is how a stray request stands at the service after it was withdrawn.
type Settled struct {
	State events.SignatureState `json:"state"`
}

// Sweep brings a page of the signature service's list. ErrConflict if the sweep does not wait for it.
func (c *Client) Sweep(ctx context.Context, page SweptPage) error {
	return c.call(ctx, http.MethodPost, "/sweeps/signature/pages", page, nil)
}

// StrayRequests lists those that nobody has settled, the newest first.
func (c *Client) StrayRequests(ctx context.Context) ([]StrayRequest, error) {
	var list []StrayRequest
	return list, c.call(ctx, http.MethodGet, "/stray-requests", nil, &list)
}

// StrayRequest returns one. ErrNotFound if it is none, or none any more.
func (c *Client) StrayRequest(ctx context.Context, id string) (StrayRequest, error) {
	var s StrayRequest
	return s, c.call(ctx, http.MethodGet, "/stray-requests/"+url.PathEscape(id), nil, &s)
}

// SettleStrayRequest notes how one stands after it was withdrawn.
func (c *Client) SettleStrayRequest(ctx context.Context, id string, state events.SignatureState) error {
	return c.call(ctx, http.MethodPost, "/stray-requests/"+url.PathEscape(id)+"/settled", Settled{state}, nil)
}
