package sessions

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/ids"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ListUsers answers everybody with an account.
func (a *API) ListUsers(c rest.Call) error {
	users, err := c.Record.Users(c.R.Context())
	if err != nil {
		return err
	}
	items := []personView{}
	for _, u := range users {
		items = append(items, viewOfUser(u))
	}
	function.WriteJSON(c.W, http.StatusOK, map[string]any{"items": items})
	return nil
}

// AddUser makes an account. What its address signs it sees once whoever uses it has proved that the address is theirs.
func (a *API) AddUser(c rest.Call) error {
	var asked input.User
	raw, err := c.Body(&asked, false)
	if err != nil {
		return err
	}
	if _, err := c.IdempotencyKey(raw); err != nil { // a second account with one address is refused anyway
		return err
	}
	if wrong := asked.Check(); len(wrong) > 0 {
		return rest.Invalid(wrong...)
	}
	made := persistclient.User{ID: ids.New(), Email: asked.Email, Name: asked.Name, Role: asked.Role, Locale: asked.Locale}
	if err := a.hashing.known.do(c.R.Context(), func() { made.PasswordHash = auth.HashPassword(asked.Password) }); err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	made, err = c.Record.AddUser(c.R.Context(), made)
	if errors.Is(err, persistclient.ErrConflict) {
		return rest.Problem(http.StatusConflict, "There is an account with this address.")
	}
	if err != nil {
		return fmt.Errorf("add a user: %w", err)
	}
	function.WriteJSON(c.W, http.StatusCreated, viewOfUser(made))
	return nil
}
