package orchestrate

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var (
	errTokenUnknown = problem(http.StatusUnauthorized, "The identity provider's token is not accepted.")
	errNoRoleHere   = problem(http.StatusForbidden, "Your identity provider gives you no role here.")
	errAccountOver  = problem(http.StatusForbidden, "This account is closed.")
	errAddressTaken = problem(http.StatusConflict, "Your address has the account of somebody else at your identity provider. An administrator has to look at it.")
)

// byToken exchanges the token of a trusted issuer for a session of ours, so that behind this door one kind of token is
// enough. It has no refresh cookie: the issuer decides how long somebody stays, and is asked again within ten minutes.
// Failures are not counted, as they are not for our own access tokens: a signature cannot be guessed, checking one takes
// less than answering, and how often keys are fetched is bounded where they are.
func (a *api) byToken(c call, token string) error {
	if a.outside == nil {
		return errTokenUnknown
	}
	who, err := a.outside.Read(c.r.Context(), token, a.now())
	if errors.Is(err, auth.ErrNotAccepted) {
		a.log.Info("an outside token is not accepted", "error", err.Error())
		return errTokenUnknown
	}
	if errors.Is(err, auth.ErrNoRole) {
		return errNoRoleHere
	}
	if err != nil {
		return fmt.Errorf("read an outside token: %w", err)
	}
	user, err := a.record.Identify(c.r.Context(), a.identityOf(who))
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

// identityOf makes what an issuer says fit for our pages and letters: it is no less a stranger's than other input.
func (a *api) identityOf(who auth.Identity) persistclient.Identity {
	said := persistclient.Identity{
		Issuer: a.outside.Issuer, Subject: who.Subject, Role: who.Role,
		Name: tidy(who.Name), Locale: "en",
	}
	said.Email, _ = fields.NormalizeEmail(who.Email) // one that cannot be written to is none
	if whyNoAccountName(said.Name) != "" {
		if said.Name = said.Email; said.Name == "" {
			said.Name = "?"
		}
	}
	if strings.HasPrefix(who.Locale, "fr") {
		said.Locale = "fr"
	}
	return said
}

// trusted makes the reader of another issuer's tokens, or nil where none is set.
func (s Settings) trusted(b function.Boot) (*auth.OIDC, *auth.JWKS, error) {
	if s.OIDCIssuer == "" {
		return nil, nil, nil
	}
	for name, value := range map[string]string{"OIDC_AUDIENCE": s.OIDCAudience, "OIDC_JWKS_URL": string(s.OIDCKeys), "OIDC_ROLE_CLAIM": s.OIDCRoleClaim} {
		if value == "" {
			return nil, nil, fmt.Errorf("%s: the setting %s is missing, and OIDC_ISSUER is set", b.Name, name)
		}
	}
	keys := auth.NewJWKS(string(s.OIDCKeys), function.NewClient(outsideTimeout), func(err error) {
		b.Log.Warn("the keys of the outside issuer cannot be had", "error", err.Error())
	})
	return &auth.OIDC{
		Issuer: s.OIDCIssuer, Audience: s.OIDCAudience, RoleClaim: s.OIDCRoleClaim, VerifiedClaim: s.OIDCVerifiedClaim,
		Roles: s.OIDCRoles, Keys: keys,
	}, keys, nil
}

// keysAddress is a setting: where an issuer publishes its keys. Whoever can change them on the way is everybody, so it
// has https, except within this machine and within the cluster.
type keysAddress string

// Decode implements envconfig.Decoder.
func (k *keysAddress) Decode(value string) error {
	if value == "" {
		return nil
	}
	var u function.URL
	if err := u.Decode(value); err != nil {
		return err
	}
	host := hostOf(value)
	near := host == "localhost" || host == "127.0.0.1" || host == "::1" || strings.HasSuffix(host, ".svc.cluster.local")
	if !near && !strings.HasPrefix(value, "https://") {
		return function.Malformed("it has no https")
	}
	*k = keysAddress(value)
	return nil
}
