package sessions

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// credentials is how somebody shows who they are: with an account, with the secret of the link in a notification, or with
// the token of an issuer that is trusted.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Link     string `json:"link"`
	Token    string `json:"token"`
}

// errWrongCredentials is the same for a wrong password, an unknown address and a closed account: none of them is
// to be learnt here.
var errWrongCredentials = rest.Problem(http.StatusUnauthorized, "Address and password do not belong together.")

var errLinkEnded = rest.Problem(http.StatusUnauthorized, "This link has ended or never was one.")

// LogIn opens a session.
func (a *API) LogIn(c rest.Call) error {
	if err := a.sameOrigin(c.R); err != nil {
		return err
	}
	var given credentials
	if _, err := c.Body(&given, false); err != nil {
		return err
	}
	switch given {
	case credentials{Link: given.Link}:
		if given.Link != "" {
			return a.byLink(c, given.Link)
		}
	case credentials{Token: given.Token}:
		return a.byOIDCToken(c, given.Token)
	case credentials{Email: given.Email, Password: given.Password}:
		if given.Email != "" && given.Password != "" {
			return a.byPassword(c, given)
		}
	}
	return rest.Invalid(function.FieldError{Field: "email", Reason: "give either email and password, or link, or token"})
}

// byPassword opens a session for somebody with an account. Whatever is wrong, it takes as long and says the same:
// the hash is computed for addresses that nobody has, too. The try is counted in the same look that finds the account, and
// a place for the hash is taken before: whoever is sent away because of the crowd has failed at nothing.
func (a *API) byPassword(c rest.Call, given credentials) error {
	attempt := a.attemptOf(c.R, given.Email)
	lane := a.hashing.lane(attempt.known)
	leave, err := lane.enter(attempt.network)
	if err != nil {
		return err
	}
	defer leave()
	user, err := a.Record.UserByEmail(c.R.Context(), attempt.address, attempt.source)
	if err != nil && !errors.Is(err, persistclient.ErrNotFound) {
		return fmt.Errorf("find an account: %w", err)
	}
	var right bool
	if err := lane.do(c.R.Context(), func() { right = auth.CheckPassword(user.PasswordHash, given.Password) }); err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	if !right || user.Disabled || len(given.Password) > fields.SecretLimit {
		a.Log.Info("a log-in failed", "account", a.source("log", attempt.account)[:12], "known_device", attempt.known)
		return errWrongCredentials
	}
	a.renewHash(c, lane, user, given.Password)
	return a.start(c, attempt, user)
}

// start begins a session of somebody who has just shown that the account is theirs, in the place of the one that this
// browser had: its cookie is overwritten, so nobody could end it any more (OWASP ASVS 7.2.4).
func (a *API) start(c rest.Call, attempt loginAttempt, user persistclient.User) error {
	next, secret := a.newRefresh()
	next.User, next.Family, next.Epoch, next.Source = user.ID, rand.Text(), user.Epoch, attempt.source
	if before := a.cookies.of(c.R, a.cookies.Refresh); before != "" {
		next.Replaces = digest(before)
	}
	switch err := a.Record.StartSession(c.R.Context(), next); {
	case errors.Is(err, persistclient.ErrDenied): // it was closed a moment ago
		return errWrongCredentials
	case err != nil:
		return fmt.Errorf("start a session: %w", err)
	}
	a.rememberDevice(c, attempt.account)
	return a.openRenewable(c, user, secret)
}

// accountAddress is an address in the form in which an account has it. What is no address nobody has, and it is looked for all
// the same: the answer takes as long.
func accountAddress(typed string) string {
	if address, err := fields.NormalizeEmail(typed); err == nil {
		return address
	}
	return strings.TrimSpace(typed)
}

// renewHash keeps the password at the present cost. If that fails, the next log-in does it.
func (a *API) renewHash(c rest.Call, lane *lane, user persistclient.User, password string) {
	if !auth.Outdated(user.PasswordHash) {
		return
	}
	var renewed string
	err := lane.do(c.R.Context(), func() { renewed = auth.HashPassword(password) })
	if err == nil {
		err = a.Record.Rehash(c.R.Context(), user.ID, user.PasswordHash, renewed)
	}
	if err != nil {
		a.Log.Warn("a password hash could not be upgraded to the current cost", "user", user.ID, "error", err.Error())
	}
}

// byLink opens a session for the signer whom the link was mailed to. It has no refresh cookie: the link opens the
// next one, as long as the contract lets it. A link that was given out opens whatever others try.
func (a *API) byLink(c rest.Call, secret string) error {
	link, err := a.Record.OpenLink(c.R.Context(), digest(secret), a.source("link", a.network(c.R)))
	if errors.Is(err, persistclient.ErrNotFound) {
		return errLinkEnded
	}
	if err != nil {
		return fmt.Errorf("open a link: %w", err)
	}
	return a.open(c, auth.Person{Subject: link.Signer, Role: auth.SignerByLink, Contract: string(link.Contract)}, nil)
}
