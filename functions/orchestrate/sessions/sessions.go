// Package sessions answers the calls about accounts: logging in by password, by the link in a notification or with the token of an OpenID
// Connect issuer, going on with a session, and ending it.
package sessions

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/clientaddr"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// refreshLife is for how long a session can be gone on with.
const refreshLife = 30 * 24 * time.Hour

// API answers the calls about accounts and their sessions. It keeps nothing between two requests.
type API struct {
	Config
	cookies Cookies
	origin  *http.CrossOriginProtection
	hashing hashing

	doubtProxies sync.Once
}

// Config is what sessions need.
type Config struct {
	Record    *persistclient.Client // speaks as orchestrate itself
	Tokens    auth.Sessions         // mints and reads access tokens
	PublicURL string                // of the pages
	Proxies   clientaddr.Networks
	OIDC      *auth.OIDC // nil where no other issuer is trusted
	Now       func() time.Time
	Log       *slog.Logger
}

// New makes them. Its error says what is wrong with PublicURL.
func New(c Config) (*API, error) {
	origin := http.NewCrossOriginProtection()
	if err := origin.AddTrustedOrigin(originOf(c.PublicURL)); err != nil {
		return nil, err
	}
	return &API{Config: c, cookies: CookiesOf(c.PublicURL), origin: origin, hashing: newHashing()}, nil
}

// originOf is an address without its path (RFC 6454 §4).
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// Session is what whoever came in is given.
type Session struct {
	AccessToken string     `json:"access_token"`
	TokenType   string     `json:"token_type"`
	ExpiresIn   int        `json:"expires_in"` // seconds
	Person      personView `json:"person"`
}

// openRenewable opens a session that can be gone on with: the refresh token travels in a cookie that no script can read.
func (a *API) openRenewable(c rest.Call, user persistclient.User, secret string) error {
	a.cookies.set(c.W, a.cookies.Refresh, secret, int(refreshLife.Seconds()))
	view := viewOfUser(user)
	return a.open(c, personOf(user), &view)
}

// personOf is whom a token for this account speaks for.
func personOf(u persistclient.User) auth.Person {
	return auth.Person{Subject: u.ID, Role: u.Role, Epoch: u.Epoch}
}

// open answers with an access token for this person, and with who they are, if need be by asking as them.
func (a *API) open(c rest.Call, person auth.Person, view *personView) error {
	token, err := a.Tokens.Mint(person, a.Now())
	if err != nil {
		return fmt.Errorf("mint an access token: %w", err)
	}
	if view == nil {
		c.Person, c.Record = person, a.Record.As(token)
		asked, err := a.personView(c)
		if err != nil {
			return fmt.Errorf("read contract %s: %w", contract.ID(person.Contract), err)
		}
		view = &asked
	}
	function.WriteJSON(c.W, http.StatusOK, Session{
		AccessToken: token, TokenType: "Bearer", ExpiresIn: int(auth.SessionLife.Seconds()), Person: *view,
	})
	return nil
}

// newRefresh makes a refresh token of 256 random bits, of which the record is only given the digest.
func (a *API) newRefresh() (persistclient.Session, string) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	secret := base64.RawURLEncoding.EncodeToString(random)
	return persistclient.Session{Digest: digest(secret), ExpiresAt: a.Now().UTC().Add(refreshLife)}, secret
}

// sameOrigin refuses what another site makes a browser send, by Sec-Fetch-Site or Origin. Beside SameSite=Lax it
// keeps others from logging people in, out or on: only these calls look at a cookie or set one.
func (a *API) sameOrigin(r *http.Request) error {
	if err := a.origin.Check(r); err != nil {
		return rest.Problem(http.StatusForbidden, "Sessions are opened and ended on our own pages only.")
	}
	return nil
}

// digest is what is kept of a secret: its SHA-256 in hexadecimal. A secret of 256 random bits needs no salt.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
