package orchestrate

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// What ids are made of: those of newID, and of events.DerivedID.
const (
	idCharacters = "abcdefghijklmnopqrstuvwxyz0123456789"
	idLimit      = 64
)

// identify finds out who calls and whether the route is for them. A token is taken from the Authorization header
// only: no cookie and no address opens anything, so no other site can make a browser act for its person.
func (a *api) identify(c *call, roles []auth.Role) error {
	if roles == nil {
		return nil
	}
	person, token, err := a.bearer(c.r)
	if err != nil {
		return err
	}
	if !slices.Contains(roles, person.Role) {
		return fmt.Errorf("%w: the role %s", persistclient.ErrDenied, person.Role)
	}
	switch id := c.r.PathValue("id"); {
	case id == "":
	case strings.Trim(id, idCharacters) != "" || len(id) > idLimit:
		return fmt.Errorf("%w: what has no id's form", persistclient.ErrNotFound) // nobody after this door has to wonder about it
	case person.Contract != "" && id != person.Contract:
		return fmt.Errorf("%w: the link is for another contract", persistclient.ErrNotFound)
	}
	c.person, c.token, c.record = person, token, a.record.As(token)
	return nil
}

// bearer reads a request's access token.
func (a *api) bearer(r *http.Request) (auth.Person, string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
		return auth.Person{}, "", fmt.Errorf("%w: there is none", auth.ErrNotAccepted)
	}
	person, err := a.sessions.Read(token, a.now())
	return person, token, err
}

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

// me answers who the caller is.
func (a *api) me(c call) error {
	view, err := a.personView(c)
	if err != nil {
		return err
	}
	function.WriteJSON(c.w, http.StatusOK, view)
	return nil
}

// personView asks for the caller's name, as the caller: a signer's is in the contract, everyone else has an account.
func (a *api) personView(c call) (personView, error) {
	if c.person.Role != auth.SignerByLink {
		u, err := c.record.User(c.r.Context(), c.person.Subject)
		return viewOfUser(u), err
	}
	v, err := c.record.Contract(c.r.Context(), contract.ID(c.person.Contract))
	if err != nil {
		return personView{}, err
	}
	view := personView{ID: c.person.Subject, Role: c.person.Role, Contract: c.person.Contract, Verified: true}
	if p := v.PersonOf(c.person.Subject); p != nil {
		view.Name, view.Email, view.Locale = p.FirstName+" "+p.LastName, p.Email, p.Locale
	}
	return view, nil
}
