package orchestrate

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

const (
	refreshLife = 30 * 24 * time.Hour
	secretLimit = 256 // characters of a password or of a link's secret; ours are shorter
)

// credentials is how somebody shows who they are: with an account, with the secret of the link in a letter, or with
// the token of an issuer that is trusted.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Link     string `json:"link"`
	Token    string `json:"token"`
}

// session is what whoever came in is given.
type session struct {
	AccessToken string     `json:"access_token"`
	TokenType   string     `json:"token_type"`
	ExpiresIn   int        `json:"expires_in"` // seconds
	Person      personView `json:"person"`
}

// errWrongCredentials is the same for a wrong password, an unknown address and a closed account: none of them is
// to be learnt here.
var errWrongCredentials = problem(http.StatusUnauthorized, "Address and password do not belong together.")

var errLinkEnded = problem(http.StatusUnauthorized, "This link has ended or never was one.")

// logIn opens a session.
func (a *api) logIn(c call) error {
	if err := a.sameOrigin(c.r); err != nil {
		return err
	}
	var given credentials
	if _, err := c.body(&given, false); err != nil {
		return err
	}
	switch given {
	case credentials{Link: given.Link}:
		if given.Link != "" {
			return a.byLink(c, given.Link)
		}
	case credentials{Token: given.Token}:
		return a.byToken(c, given.Token)
	case credentials{Email: given.Email, Password: given.Password}:
		if given.Email != "" && given.Password != "" {
			return a.byPassword(c, given)
		}
	}
	return invalid(function.FieldError{Field: "email", Reason: "give either email and password, or link, or token"})
}

// byPassword opens a session for somebody with an account. Whatever is wrong, it takes as long and says the same:
// the hash is computed for addresses that nobody has, too. The try is counted in the same look that finds the account, and
// a place for the hash is taken before: whoever is sent away because of the crowd has failed at nothing.
func (a *api) byPassword(c call, given credentials) error {
	try := a.tryOf(c.r, given.Email)
	lane := a.hashing.lane(try.known)
	leave, err := lane.enter(try.network)
	if err != nil {
		return err
	}
	defer leave()
	user, err := a.record.UserByEmail(c.r.Context(), try.address, try.source)
	if err != nil && !errors.Is(err, persistclient.ErrNotFound) {
		return fmt.Errorf("find an account: %w", err)
	}
	var right bool
	if err := lane.do(c.r.Context(), func() { right = auth.CheckPassword(user.PasswordHash, given.Password) }); err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	if !right || user.Disabled || len(given.Password) > secretLimit {
		a.log.Info("a log-in failed", "account", a.source("log", try.account)[:12], "known_device", try.known)
		return errWrongCredentials
	}
	a.renewHash(c, lane, user, given.Password)
	return a.start(c, try, user)
}

// start begins a session of somebody who has just shown that the account is theirs, in the place of the one that this
// browser had: its cookie is overwritten, so nobody could end it any more (OWASP ASVS 7.2.4).
func (a *api) start(c call, try try, user persistclient.User) error {
	next, secret := a.newRefresh()
	next.User, next.Family, next.Epoch, next.Source = user.ID, rand.Text(), user.Epoch, try.source
	if before := a.cookies.of(c.r, a.cookies.refresh); before != "" {
		next.Replaces = digest(before)
	}
	switch err := a.record.StartSession(c.r.Context(), next); {
	case errors.Is(err, persistclient.ErrDenied): // it was closed a moment ago
		return errWrongCredentials
	case err != nil:
		return fmt.Errorf("start a session: %w", err)
	}
	a.rememberDevice(c, try.account)
	return a.welcome(c, user, secret)
}

// asKept is an address in the form in which an account has it. What is no address nobody has, and it is looked for all
// the same: the answer takes as long.
func asKept(typed string) string {
	if address, err := fields.NormalizeEmail(typed); err == nil {
		return address
	}
	return strings.TrimSpace(typed)
}

// renewHash keeps the password at the present cost. If that fails, the next log-in does it.
func (a *api) renewHash(c call, lane *lane, user persistclient.User, password string) {
	if !auth.Outdated(user.PasswordHash) {
		return
	}
	var renewed string
	err := lane.do(c.r.Context(), func() { renewed = auth.HashPassword(password) })
	if err == nil {
		err = a.record.Rehash(c.r.Context(), user.ID, user.PasswordHash, renewed)
	}
	if err != nil {
		a.log.Warn("a password stays at its old cost", "user", user.ID, "error", err.Error())
	}
}

// byLink opens a session for the signer whom the link was mailed to. It has no refresh cookie: the link opens the
// next one, as long as the contract lets it. A link that was given out opens whatever others try.
func (a *api) byLink(c call, secret string) error {
	link, err := a.record.OpenLink(c.r.Context(), digest(secret), a.source("link", a.network(c.r)))
	if errors.Is(err, persistclient.ErrNotFound) {
		return errLinkEnded
	}
	if err != nil {
		return fmt.Errorf("open a link: %w", err)
	}
	return a.open(c, auth.Person{Subject: link.Signer, Role: auth.SignerByLink, Contract: string(link.Contract)}, nil)
}

// logOut ends the session, and every one that came from the same log-in. With an access token it ends that person's only:
// another account may have been logged in in the same browser since.
func (a *api) logOut(c call) error {
	if err := a.sameOrigin(c.r); err != nil {
		return err
	}
	var user string
	if c.r.Header["Authorization"] != nil {
		person, _, err := a.bearer(c.r)
		if err != nil {
			return err
		}
		user = person.Subject
	}
	if secret := a.cookies.of(c.r, a.cookies.refresh); secret != "" {
		switch err := a.record.EndSession(c.r.Context(), digest(secret), user); {
		case errors.Is(err, persistclient.ErrDenied):
			return problem(http.StatusConflict, "Another account is logged in in this browser.")
		case err != nil && !errors.Is(err, persistclient.ErrNotFound):
			return fmt.Errorf("end a session: %w", err)
		}
	}
	a.cookies.set(c.w, a.cookies.refresh, "", -1)
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// welcome opens a session that can be gone on with: the refresh token travels in a cookie that no script can read.
func (a *api) welcome(c call, user persistclient.User, secret string) error {
	a.cookies.set(c.w, a.cookies.refresh, secret, int(refreshLife.Seconds()))
	view := viewOfUser(user)
	return a.open(c, personOf(user), &view)
}

// personOf is whom a token for this account speaks for.
func personOf(u persistclient.User) auth.Person {
	return auth.Person{Subject: u.ID, Role: u.Role, Epoch: u.Epoch}
}

// open answers with an access token for this person, and with who they are, if need be by asking as them.
func (a *api) open(c call, person auth.Person, view *personView) error {
	token, err := a.sessions.Mint(person, a.now())
	if err != nil {
		return fmt.Errorf("mint an access token: %w", err)
	}
	if view == nil {
		c.person, c.record = person, a.record.As(token)
		asked, err := a.personView(c)
		if err != nil {
			return fmt.Errorf("read contract %s: %w", contract.ID(person.Contract), err)
		}
		view = &asked
	}
	function.WriteJSON(c.w, http.StatusOK, session{
		AccessToken: token, TokenType: "Bearer", ExpiresIn: int(auth.SessionLife.Seconds()), Person: *view,
	})
	return nil
}

// newRefresh makes a refresh token of 256 random bits, of which the record is only given the digest.
func (a *api) newRefresh() (persistclient.Session, string) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	secret := base64.RawURLEncoding.EncodeToString(random)
	return persistclient.Session{Digest: digest(secret), ExpiresAt: a.now().UTC().Add(refreshLife)}, secret
}

// sameOrigin refuses what another site makes a browser send, by Sec-Fetch-Site or Origin. Beside SameSite=Lax it
// keeps others from logging people in, out or on: only these calls look at a cookie or set one.
func (a *api) sameOrigin(r *http.Request) error {
	if err := a.origin.Check(r); err != nil {
		return problem(http.StatusForbidden, "Sessions are opened and ended on our own pages only.")
	}
	return nil
}

// digest is what is kept of a secret: its SHA-256 in hexadecimal. A secret of 256 random bits needs no salt.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
