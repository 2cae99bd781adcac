package api

import (
	"net/http"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/function"
)

// CauseView is what needs attention for one cause, as clients see it.
type CauseView struct {
	Cause       string    `json:"cause"` // a stable code
	Sentence    string    `json:"sentence"`
	Consequence string    `json:"consequence"`
	Since       time.Time `json:"since"` // of the contract that has waited longest
	Contracts   int       `json:"contracts"`
	NextTry     time.Time `json:"next_try,omitzero"` // the earliest by itself; absent if people must act
	Ours        bool      `json:"ours,omitempty"`    // a fault of the installation: one for all contracts
	Remedies    []string  `json:"remedies"`          // what may help if it is done for all of them
}

// ListAttention answers what needs attention by cause: of the caller's own contracts, or for an administrator of all.
func (a *API) ListAttention(c rest.Call) error {
	causes, err := c.Record.Attention(c.R.Context())
	if err != nil {
		return err
	}
	items := []CauseView{}
	for _, cause := range causes {
		m := wordingOf(cause.Cause)
		items = append(items, CauseView{
			Cause: cause.Cause, Sentence: m.sentence, Consequence: m.consequence, Since: cause.Since, Contracts: cause.Contracts,
			NextTry: cause.NextTry, Ours: cause.Ours, Remedies: remediesForAll(cause),
		})
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": items})
	return nil
}
