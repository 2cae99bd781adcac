package sessions

import (
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// personView is a person as clients see them.
type personView struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     auth.Role `json:"role"`
	Locale   string    `json:"locale"`
	Contract string    `json:"contract,omitempty"` // the only one they see, if they came by a link
	Disabled bool      `json:"disabled,omitempty"`
	Verified bool      `json:"email_verified"` // the address is known to be theirs; until then it shows them nothing
}

// viewOfUser leaves the password's hash behind.
func viewOfUser(u persistclient.User) personView {
	return personView{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Locale: u.Locale, Disabled: u.Disabled, Verified: u.EmailVerified}
}

// Me answers who the caller is.
func (a *API) Me(c rest.Call) error {
	view, err := a.personView(c)
	if err != nil {
		return err
	}
	function.WriteJSON(c.W, http.StatusOK, view)
	return nil
}

// personView asks for the caller's name, as the caller: a signer's is in the contract, everyone else has an account.
func (a *API) personView(c rest.Call) (personView, error) {
	if c.Person.Role != auth.SignerByLink {
		u, err := c.Record.User(c.R.Context(), c.Person.Subject)
		return viewOfUser(u), err
	}
	v, err := c.Record.Contract(c.R.Context(), contract.ID(c.Person.Contract))
	if err != nil {
		return personView{}, err
	}
	view := personView{ID: c.Person.Subject, Role: c.Person.Role, Contract: c.Person.Contract, Verified: true}
	if p := v.PersonOf(c.Person.Subject); p != nil {
		view.Name, view.Email, view.Locale = p.FirstName+" "+p.LastName, p.Email, p.Locale
	}
	return view, nil
}
