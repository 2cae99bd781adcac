package orchestrate

import (
	"strconv"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/clientaddr"
	"github.com/paraphe/paraphe/shared/function"
)

// Settings is what orchestrate reads from the environment.
type Settings struct {
	PersistURL           function.URL     `envconfig:"PERSIST_URL" required:"true"`
	FunctionKey          auth.PrivateKeys `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "orchestrate"
	FunctionKeys         auth.PublicKeys  `envconfig:"FUNCTION_PUBLIC_KEYS" required:"true"`
	SessionKeys          auth.PrivateKeys `envconfig:"SESSION_KEYS" required:"true"`
	PublicURL            function.URL     `envconfig:"PUBLIC_URL" required:"true"` // of the pages; issuer and audience of session tokens
	SignatureURL         function.URL     `envconfig:"SIGNATURE_URL" default:"https://api-sandbox.yousign.app/v3"`
	SignatureAPIKey      string           `envconfig:"SIGNATURE_API_KEY" required:"true"`
	SignatureEnvironment auth.Environment `envconfig:"SIGNATURE_ENVIRONMENT" default:"sandbox"`
	SealKeys             auth.SealKeys    `envconfig:"SEAL_KEYS" required:"true"`
	SignatureCalls       CallRate         `envconfig:"SIGNATURE_CALLS_PER_MINUTE" default:"30"` // of all instances together
	SignatureSettle      Pause            `envconfig:"SIGNATURE_SETTLE_AFTER" default:"1m"`     // before "no such request" counts
	WebhookSlot          auth.Slot        `envconfig:"WEBHOOK_SLOT" default:"main"`             // of receive-webhook, in the addresses of its webhooks

	// Whose X-Forwarded-For tells where a log-in comes from: this machine and every network that is private (RFC 1918, RFC
	// 6598, RFC 4193), among which a cluster has its pods, nodes and load balancers. Without them everybody comes from one.
	TrustedProxies clientaddr.Networks `envconfig:"TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"`

	// An OpenID Connect issuer whose word is taken for who somebody is. Without OIDC_ISSUER there is none.
	OIDCIssuer        string         `envconfig:"OIDC_ISSUER"` // to the letter, as it stands in "iss"
	OIDCAudience      string         `envconfig:"OIDC_AUDIENCE"`
	OIDCKeys          KeysAddress    `envconfig:"OIDC_JWKS_URL"`
	OIDCRoleClaim     string         `envconfig:"OIDC_ROLE_CLAIM" default:"roles"`
	OIDCRoles         auth.RoleNames `envconfig:"OIDC_ROLES" default:"administrator=administrator,manager=manager,customer=customer"`
	OIDCVerifiedClaim string         `envconfig:"OIDC_EMAIL_VERIFIED_CLAIM" default:"email_verified"`
}

// CallRate is a setting: how many calls the signature service takes in a minute, 0 for no limit of ours.
type CallRate int

// Decode implements envconfig.Decoder.
func (c *CallRate) Decode(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 100_000 {
		return function.Malformed("it must be a number of calls per minute from 0 (no limit) to 100000, for example 30")
	}
	*c = CallRate(n)
	return nil
}

// Pause is a setting: a duration of 0 to an hour.
type Pause time.Duration

// Decode implements envconfig.Decoder.
func (p *Pause) Decode(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > time.Hour {
		return function.Malformed("it must be a duration from 0s to 1h, for example 1m")
	}
	*p = Pause(d)
	return nil
}
