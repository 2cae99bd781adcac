package api

import (
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// strayView is a stray request as administrators see it: what it is, and what withdrawing it does.
type strayView struct {
	persistclient.StrayRequest
	What     string `json:"what"`
	Withdraw string `json:"withdraw"`
}

func viewOfStray(s persistclient.StrayRequest) strayView {
	v := strayView{StrayRequest: s, Withdraw: "Ends the request at the signature service, so that nobody can sign it any more. The record stays as it is."}
	v.ExternalID = ""
	switch {
	case s.State == events.SignatureDone:
		v.What = "Everyone has signed it at the signature service, and it belongs to no attempt on record, as after a restore."
		v.Withdraw = "Takes it off this list. What was signed stays at the signature service, where its signed copy can be had."
	case s.OnRecord:
		v.What = "The attempt has ended on record, and the request is open at the signature service: whoever has its signing page can sign."
	default:
		v.What = "It is open at the signature service and belongs to no attempt on record, as after a restore: whoever has its signing page can sign."
	}
	return v
}

// ListStrays answers the requests at the signature service that the record does not account for.
func (a *API) ListStrays(c rest.Call) error {
	strays, err := c.Record.StrayRequests(c.R.Context())
	if err != nil {
		return err
	}
	items := []strayView{}
	for _, s := range strays {
		items = append(items, viewOfStray(s))
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": items})
	return nil
}

// WithdrawStray ends one at the service. What belongs to an open attempt by now is none any more and is left alone; one
// that was withdrawn before is told as it stands.
func (a *API) WithdrawStray(c rest.Call) error {
	var nothing struct{}
	if _, err := c.Body(&nothing, true); err != nil {
		return err
	}
	if _, err := c.Record.StrayRequest(c.R.Context(), c.R.PathValue("id")); err != nil { // as the person: who still may
		return err
	}
	s, err := a.Record.StrayRequest(c.R.Context(), c.R.PathValue("id"))
	if err != nil {
		return err
	}
	if s.SettledAt.IsZero() {
		result, err := a.Service.Withdraw(c.R.Context(), s.ExternalID, s.Request, signing.WithdrawalNote)
		if err != nil {
			return fmt.Errorf("withdraw the stray request %s: %w", s.Request, err)
		}
		if err := c.Record.SettleStrayRequest(c.R.Context(), s.ID, result.State); err != nil {
			return err
		}
		s.State, s.SettledAt = result.State, a.Now().UTC()
	}
	function.WriteJSON(c.W, http.StatusOK, struct {
		ID        string                `json:"id"`
		Contract  contract.ID           `json:"contract"`
		State     events.SignatureState `json:"state"`
		SettledAt string                `json:"settled_at"`
	}{s.ID, s.Contract, s.State, s.SettledAt.Format("2006-01-02T15:04:05Z")})
	return nil
}
