package orchestrate

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

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
	keys := auth.NewJWKS(string(s.OIDCKeys), function.NewClient(oidcTimeout), func(err error) {
		b.Log.Warn("the keys of the OIDC issuer could not be fetched", "error", err.Error())
	})
	return &auth.OIDC{
		Issuer: s.OIDCIssuer, Audience: s.OIDCAudience, RoleClaim: s.OIDCRoleClaim, VerifiedClaim: s.OIDCVerifiedClaim,
		Roles: s.OIDCRoles, Keys: keys,
	}, keys, nil
}

// KeysAddress is a setting: where an issuer publishes its keys. Whoever can change them on the way is everybody, so it
// has https, except within this machine and within the cluster.
type KeysAddress string

// Decode implements envconfig.Decoder.
func (k *KeysAddress) Decode(value string) error {
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
	*k = KeysAddress(value)
	return nil
}

// hostOf is the host that an address names, without its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
