package sessions

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ProveAddress opens a new session for somebody whose account has an address that is only what an administrator typed, and
// who has the link of a notification to it. Neither would do alone: who made the account knows its password, and notifications are
// passed on. So the account has a new password from then on, and whatever opened it before ends.
func (a *API) ProveAddress(c rest.Call) error {
	if err := a.sameOrigin(c.R); err != nil {
		return err
	}
	var given struct {
		Link     string `json:"link"`
		Password string `json:"password"`
	}
	if _, err := c.Body(&given, false); err != nil {
		return err
	}
	user, err := a.account(c)
	if err != nil {
		return err
	}
	given.Link = strings.TrimSpace(given.Link)
	var wrong input.FieldErrors
	wrong.Check("link", fields.ValidateLink(given.Link))
	wrong.Check("password", fields.ValidatePassword(given.Password))
	if len(wrong) > 0 {
		return rest.Invalid(wrong...)
	}
	return a.takeOver(c, user, digest(given.Link), given.Password)
}

// errNotMailedThere is the same for a link that nobody was mailed and for one that was mailed to somebody else.
var errNotMailedThere = rest.Invalid(function.FieldError{Field: "link", Reason: "was not mailed to the address of this account, or has ended"})

// takeOver gives the account to whoever has the link, if it was mailed to the account's address. A password takes long to
// compare and to hash, so an invented link ends before that.
func (a *API) takeOver(c rest.Call, user persistclient.User, link, password string) error {
	attempt := a.attemptOf(c.R, user.Email)
	_, err := a.Record.OpenLink(c.R.Context(), link, a.source("link", attempt.network))
	var same bool
	var hash string
	if err == nil {
		err = a.hashing.known.do(c.R.Context(), func() {
			if same = auth.CheckPassword(user.PasswordHash, password); !same {
				hash = auth.HashPassword(password)
			}
		})
	}
	if same {
		return rest.Invalid(function.FieldError{Field: "password", Reason: "must be another one than before, which somebody else may know"})
	}
	if err == nil {
		user, err = c.Record.ProveAddress(c.R.Context(), user.ID, link, hash)
	}
	if errors.Is(err, persistclient.ErrNotFound) {
		return errNotMailedThere
	}
	if err != nil {
		return fmt.Errorf("prove an address: %w", err)
	}
	return a.start(c, attempt, user)
}

// account is the caller's account with its password's hash. It is asked for as the caller first: who does not stand as
// their token says gets no further. That is no try at a password: a wrong one takes the account over, and it was the only.
func (a *API) account(c rest.Call) (persistclient.User, error) {
	own, err := c.Record.User(c.R.Context(), c.Person.Subject)
	if err != nil {
		return own, err
	}
	if own.Email == "" {
		return own, rest.Problem(http.StatusConflict, "The account has no address.")
	}
	user, err := a.Record.UserByEmail(c.R.Context(), own.Email, "")
	if err != nil {
		return user, fmt.Errorf("find an account: %w", err)
	}
	return user, nil
}
