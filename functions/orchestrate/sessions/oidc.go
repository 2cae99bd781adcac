package sessions

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var (
	errTokenUnknown = rest.Problem(http.StatusUnauthorized, "The identity provider's token is not accepted.")
	errNoRoleHere   = rest.Problem(http.StatusForbidden, "Your identity provider gives you no role here.")
	errAccountOver  = rest.Problem(http.StatusForbidden, "This account is closed.")
	errAddressTaken = rest.Problem(http.StatusConflict, "Your address has the account of somebody else at your identity provider. An administrator has to look at it.")
)

// byOIDCToken exchanges the token of a trusted issuer for a session of ours, so that behind this call one kind of token is
// enough. It has no refresh cookie: the issuer decides how long somebody stays, and is asked again within ten minutes.
// Failures are not counted, as they are not for our own access tokens: a signature cannot be guessed, checking one takes
// less than answering, and how often keys are fetched is bounded where they are.
func (a *API) byOIDCToken(c rest.Call, token string) error {
	if a.OIDC == nil {
		return errTokenUnknown
	}
	who, err := a.OIDC.Read(c.R.Context(), token, a.Now())
	if errors.Is(err, auth.ErrNotAccepted) {
		a.Log.Info("an OIDC token is not accepted", "error", err.Error())
		return errTokenUnknown
	}
	if errors.Is(err, auth.ErrNoRole) {
		return errNoRoleHere
	}
	if err != nil {
		return fmt.Errorf("read an outside token: %w", err)
	}
	user, err := a.Record.Identify(c.R.Context(), a.identityOf(who))
	switch {
	case errors.Is(err, persistclient.ErrConflict):
		return errAddressTaken
	case err != nil:
		return fmt.Errorf("find the account of an outside identity: %w", err)
	case user.Disabled:
		return errAccountOver
	}
	view := viewOfUser(user)
	return a.open(c, personOf(user), &view) // in the account's role: every statement is checked against that
}

// identityOf makes what an issuer says fit for our pages and notifications: it is no less a stranger's than other input.
func (a *API) identityOf(who auth.Identity) persistclient.Identity {
	out := persistclient.Identity{
		Issuer: a.OIDC.Issuer, Subject: who.Subject, Role: who.Role,
		Name: fields.Normalize(who.Name), Locale: "en",
	}
	out.Email, _ = fields.NormalizeEmail(who.Email) // one that cannot be written to is none
	if fields.ValidateAccountName(out.Name) != nil {
		if out.Name = out.Email; out.Name == "" {
			out.Name = "?"
		}
	}
	if strings.HasPrefix(who.Locale, "fr") {
		out.Locale = "fr"
	}
	return out
}
