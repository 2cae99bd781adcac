package orchestrate

import (
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// signingLink answers the address at which the caller can sign at this moment. It is asked for at the click, given to
// the signer whose turn it is, and never kept: whoever holds it can start to sign.
func (a *api) signingLink(c call) error {
	var nothing struct{}
	if _, err := c.body(&nothing, true); err != nil {
		return err
	}
	v, err := c.contract()
	if err != nil {
		return err
	}
	if v.Relation.Signer == "" {
		return problem(http.StatusForbidden, "Only its signers can sign this contract.")
	}
	if why := lifecycle.WhyNotSign(v.Contract, v.Relation.Signer); why != "" {
		return impossible(v, why, lifecycle.Actions(v.Contract, v.Relation, a.now()))
	}
	theirs, known := v.Request.Signers[v.Relation.Signer]
	if !known {
		return impossible(v, "the signature service does not expect you", nil)
	}
	url, err := a.service.Link(c.r.Context(), v.Request.ID, theirs)
	if err != nil {
		return fmt.Errorf("get a signing link for contract %s: %w", v.ID, err)
	}
	function.WriteJSON(c.w, http.StatusOK, map[string]string{"url": url})
	return nil
}
