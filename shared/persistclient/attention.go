package persistclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// Cause is what needs attention for one cause, of all contracts that the caller looks after: their own, or every one for
// an administrator.
type Cause struct {
	Cause     string    `json:"cause"`
	Contracts int       `json:"contracts"`
	Since     time.Time `json:"since"`             // of the one that has waited longest
	NextTry   time.Time `json:"next_try,omitzero"` // the earliest at which one is tried again by itself
	Ours      bool      `json:"ours,omitempty"`    // a fault of the installation, the same for every contract
	Stopped   int       `json:"stopped,omitempty"` // how many of the contracts do not go on until a person acts
}

// Selection is some of the contracts that need attention for a cause, those that have waited longest first, as they stand
// now. Selected once more with the same idempotency key, they are the same ones.
type Selection struct {
	Total     int                 `json:"total"` // how many there were when they were selected
	Contracts []contract.Contract `json:"contracts"`
}

// SelectionLimit is how many contracts are selected at once.
const SelectionLimit = 200

// Attention answers what needs attention, by cause, longest first.
func (c *Client) Attention(ctx context.Context) ([]Cause, error) {
	var causes []Cause
	return causes, c.call(ctx, http.MethodGet, "/attention", nil, &causes)
}

// Select chooses contracts that need attention for a cause and for which this may be done: lifecycle.Retry or SetAside.
func (c *Client) Select(ctx context.Context, cause string, action lifecycle.Action, once Idempotency) (Selection, error) {
	var s Selection
	path := "/attention/" + url.PathEscape(cause) + "/" + url.PathEscape(string(action)) + "/selection"
	return s, c.call(ctx, http.MethodPost, path, nil, &s, once.header()...)
}
