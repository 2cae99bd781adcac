package sessions

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var (
	errNoSession   = rest.Problem(http.StatusUnauthorized, "There is no session to go on with.")
	errSessionOver = rest.Problem(http.StatusUnauthorized, "The session is over.")
)

// Refresh opens the next session out of the cookie of the one before, which is worth nothing from then on but to lead to
// the same one again for a moment, in case that this answer is lost.
func (a *API) Refresh(c rest.Call) error {
	if err := a.sameOrigin(c.R); err != nil {
		return err
	}
	presented := a.cookies.of(c.R, a.cookies.Refresh)
	if presented == "" {
		return errNoSession
	}
	next := persistclient.Session{Digest: digest(a.successor(presented, a.Tokens.Private[0])), ExpiresAt: a.Now().UTC().Add(refreshLife)}
	renewed, err := a.Record.RotateSession(c.R.Context(), digest(presented), next, a.source("renewal", a.network(c.R)))
	if errors.Is(err, persistclient.ErrDenied) || errors.Is(err, persistclient.ErrNotFound) {
		return errSessionOver // the cookie stays: another tab may have put the next one there a moment ago
	}
	if err != nil {
		return fmt.Errorf("rotate a session: %w", err)
	}
	if len(renewed.Digests) == 0 { // an older persist names none
		renewed.Digests = []string{next.Digest}
	}
	secret, found := a.lastSuccessor(presented, renewed.Digests)
	if !found {
		a.Log.Warn("a session ends: the key that its next refresh token was made with has been removed", "user", renewed.ID)
		return errSessionOver
	}
	return a.openRenewable(c, renewed.User, secret)
}

// successor is the refresh token that follows another. It is derived, and by a secret key: so whoever comes again with the
// one before is given the same, although nothing but digests is kept; and whoever steals one token cannot work out the
// next without presenting it, which is noticed as soon as its owner does the same.
func (a *API) successor(secret string, key auth.PrivateKey) string {
	return key.MAC(auth.Renewal, secret)
}

// lastSuccessor returns the last of the refresh tokens that followed another, of which the digests are known. While keys are
// rotated a token may have been derived with any of them.
func (a *API) lastSuccessor(secret string, digests []string) (string, bool) {
	for _, want := range digests {
		next := ""
		for _, key := range a.Tokens.Private {
			if derived := a.successor(secret, key); digest(derived) == want {
				next = derived
			}
		}
		if next == "" {
			return "", false
		}
		secret = next
	}
	return secret, true
}
