package api

import (
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ListDeadLetters answers the events that nobody could take, with why.
func (a *API) ListDeadLetters(c rest.Call) error {
	deadLetters, err := c.Record.DeadLetters(c.R.Context())
	if err != nil {
		return err
	}
	if deadLetters == nil {
		deadLetters = []persistclient.DeadLetter{}
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": deadLetters})
	return nil
}

// ReplayDeadLetter gives one to the broker again. Twice is harmless: every handler is idempotent.
func (a *API) ReplayDeadLetter(c rest.Call) error {
	if err := c.Record.ReplayDeadLetter(c.R.Context(), c.R.PathValue("id")); err != nil {
		return err
	}
	c.W.WriteHeader(http.StatusNoContent)
	return nil
}
