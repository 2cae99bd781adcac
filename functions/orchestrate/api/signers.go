package api

import (
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// CorrectSigner gives a signer another e-mail address. Nothing else of a signer can be changed: name and phone are at the
// signature service, which proves by them who signed. The address that they have already changes nothing.
func (a *API) CorrectSigner(c rest.Call) error {
	var body struct {
		Email string `json:"email"`
	}
	raw, err := c.Body(&body, true)
	if err != nil {
		return err
	}
	once, err := c.IdempotencyKey(raw)
	if err != nil {
		return err
	}
	v, err := contractOf(c)
	if err != nil {
		return err
	}
	p := v.PersonOf(c.R.PathValue("signer"))
	if p == nil {
		return persistclient.ErrNotFound
	}
	var wrong input.FieldErrors
	asked := actionBody{Signer: p.ID, Email: wrong.Email("email", body.Email, fields.SignerEmailLimit)}
	if wrong = append(wrong, takenBy(v, p.ID, asked.Email)...); len(wrong) > 0 {
		return rest.Invalid(wrong...)
	}
	if no := lifecycle.Authorize(lifecycle.CorrectAddress, v.Contract, v.Relation, a.Now()); no != nil && no.NotYours {
		return rest.Problem(http.StatusForbidden, "You cannot: "+no.Why+".")
	}
	if !strings.EqualFold(p.Email, asked.Email) {
		if v, err = a.decideAnew(c, lifecycle.CorrectAddress, asked, once); err != nil {
			return err
		}
	}
	return a.show(c, http.StatusOK, v)
}

// takenBy names the address as wrong if another signer has it: they would get each other's links.
func takenBy(v persistclient.View, signer, email string) (wrong []function.FieldError) {
	for _, other := range v.People {
		if other.ID != signer && strings.EqualFold(other.Email, email) {
			wrong = append(wrong, function.FieldError{Field: "email", Reason: "must differ from the other signers'"})
		}
	}
	return wrong
}
