package orchestrate

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// proveAddress opens a new session for somebody whose account has an address that is only what an administrator typed, and
// who has the link of a letter to it. Neither would do alone: who made the account knows its password, and letters are
// passed on. So the account has a new password from then on, and whatever opened it before ends.
func (a *api) proveAddress(c call) error {
	if err := a.sameOrigin(c.r); err != nil {
		return err
	}
	var given struct {
		Link     string `json:"link"`
		Password string `json:"password"`
	}
	if _, err := c.body(&given, false); err != nil {
		return err
	}
	user, err := a.account(c)
	if err != nil {
		return err
	}
	given.Link = strings.TrimSpace(given.Link)
	var wrong faults
	wrong.add("link", whyNoLink(given.Link))
	wrong.add("password", whyNoPassword(given.Password))
	if len(wrong) > 0 {
		return invalid(wrong...)
	}
	return a.takeOver(c, user, digest(given.Link), given.Password)
}

// errNotMailedThere is the same for a link that nobody was mailed and for one that was mailed to somebody else.
var errNotMailedThere = invalid(function.FieldError{Field: "link", Reason: "was not mailed to the address of this account, or has ended"})

// takeOver gives the account to whoever has the link, if it was mailed to the account's address. A password takes long to
// compare and to hash, so an invented link ends before that.
func (a *api) takeOver(c call, user persistclient.User, link, password string) error {
	try := a.tryOf(c.r, user.Email)
	_, err := a.record.OpenLink(c.r.Context(), link, a.source("link", try.network))
	var same bool
	var hash string
	if err == nil {
		err = a.hashing.known.do(c.r.Context(), func() {
			if same = auth.CheckPassword(user.PasswordHash, password); !same {
				hash = auth.HashPassword(password)
			}
		})
	}
	if same {
		return invalid(function.FieldError{Field: "password", Reason: "must be another one than before, which somebody else may know"})
	}
	if err == nil {
		user, err = c.record.ProveAddress(c.r.Context(), user.ID, link, hash)
	}
	if errors.Is(err, persistclient.ErrNotFound) {
		return errNotMailedThere
	}
	if err != nil {
		return fmt.Errorf("prove an address: %w", err)
	}
	return a.start(c, try, user)
}

// account is the caller's account with its password's hash. It is asked for as the caller first: who does not stand as
// their token says gets no further. That is no try at a password: a wrong one takes the account over, and it was the only.
func (a *api) account(c call) (persistclient.User, error) {
	own, err := c.record.User(c.r.Context(), c.person.Subject)
	if err != nil {
		return own, err
	}
	if own.Email == "" {
		return own, problem(http.StatusConflict, "The account has no address.")
	}
	user, err := a.record.UserByEmail(c.r.Context(), own.Email, "")
	if err != nil {
		return user, fmt.Errorf("find an account: %w", err)
	}
	return user, nil
}

func whyNoLink(link string) string {
	if link == "" || len(link) > secretLimit {
		return "must be what stands behind the # in the link of a letter"
	}
	return ""
}
