package api

import (
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// SigningLink answers the address at which the caller can sign at this moment. It is asked for at the click, given to
// the signer whose turn it is, and never kept: whoever holds it can start to sign.
func (a *API) SigningLink(c rest.Call) error {
	var nothing struct{}
	if _, err := c.Body(&nothing, true); err != nil {
		return err
	}
	v, err := contractOf(c)
	if err != nil {
		return err
	}
	if v.Relation.Signer == "" {
		return rest.Problem(http.StatusForbidden, "Only its signers can sign this contract.")
	}
	if why := lifecycle.WhyNotSign(v.Contract, v.Relation.Signer); why != "" {
		return impossible(v, why, lifecycle.Actions(v.Contract, v.Relation, a.Now()))
	}
	theirs, known := v.Request.Signers[v.Relation.Signer]
	if !known {
		return impossible(v, "the signature service does not expect you", nil)
	}
	url, err := a.Service.Link(c.R.Context(), v.Request.ID, theirs)
	if err != nil {
		return fmt.Errorf("get a signing link for contract %s: %w", v.ID, err)
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]string{"url": url})
	return nil
}
