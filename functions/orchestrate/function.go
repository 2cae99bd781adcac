// Package orchestrate decides: what follows from every fact, what people may ask for, and when a contract changes
// its status. It alone acts on clients' requests and alone speaks to the signature service.
package orchestrate

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/functions/orchestrate/signing/yousign"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Manifest is what orchestrate promises.
var Manifest = function.Manifest{
	Name: "orchestrate",
	Consumes: []events.Payload{
		events.ContractPreparing{}, events.ContractSent{}, events.ContractRecorded{}, events.ContractSigned{},
		events.ContractDeclined{}, events.ContractExpired{}, events.ContractCancelled{}, events.ContractDue{},
		events.OpenSignature{}, events.CheckSignature{}, events.CancelSignature{}, events.SweepDue{},
	},
	Produces: []events.Payload{
		events.SignatureOpened{}, events.SignatureChecked{}, events.SignatureFailed{}, events.GenerateDocument{},
		events.OpenSignature{}, events.CheckSignature{}, events.CancelSignature{}, events.SendMail{},
	},
	Settings: Settings{},
}

// Settings is what orchestrate reads from the environment.
type Settings struct {
	PersistURL           function.URL     `envconfig:"PERSIST_URL" required:"true"`
	FunctionKey          auth.PrivateKeys `envconfig:"FUNCTION_KEY" required:"true"` // its id begins with "orchestrate"
	FunctionKeys         auth.PublicKeys  `envconfig:"FUNCTION_PUBLIC_KEYS" required:"true"`
	SessionKeys          auth.PrivateKeys `envconfig:"SESSION_KEYS" required:"true"`
	PublicURL            function.URL     `envconfig:"PUBLIC_URL" required:"true"` // of the pages; issuer and audience of session tokens
	SignatureURL         function.URL     `envconfig:"SIGNATURE_URL" default:"https://api-sandbox.yousign.app/v3"`
	SignatureAPIKey      string           `envconfig:"SIGNATURE_API_KEY" required:"true"`
	SignatureEnvironment Environment      `envconfig:"SIGNATURE_ENVIRONMENT" default:"sandbox"`
	SealKeys             auth.SealKeys    `envconfig:"SEAL_KEYS" required:"true"`
	SignatureCalls       CallRate         `envconfig:"SIGNATURE_CALLS_PER_MINUTE" default:"30"` // of all instances together
	SignatureSettle      Pause            `envconfig:"SIGNATURE_SETTLE_AFTER" default:"1m"`     // before "nothing there" is believed
	WebhookSlot          auth.Slot        `envconfig:"WEBHOOK_SLOT" default:"main"`             // a door of receive-webhook

	// Whose X-Forwarded-For tells where a log-in comes from: this machine and every network that is private (RFC 1918, RFC
	// 6598, RFC 4193), among which a cluster has its pods, nodes and load balancers. Without them everybody comes from one.
	TrustedProxies function.Networks `envconfig:"TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"`

	// An OpenID Connect issuer whose word is taken for who somebody is. Without OIDC_ISSUER there is none.
	OIDCIssuer        string         `envconfig:"OIDC_ISSUER"` // to the letter, as it stands in "iss"
	OIDCAudience      string         `envconfig:"OIDC_AUDIENCE"`
	OIDCKeys          keysAddress    `envconfig:"OIDC_JWKS_URL"`
	OIDCRoleClaim     string         `envconfig:"OIDC_ROLE_CLAIM" default:"roles"`
	OIDCRoles         auth.RoleNames `envconfig:"OIDC_ROLES" default:"administrator=administrator,manager=manager,customer=customer"`
	OIDCVerifiedClaim string         `envconfig:"OIDC_EMAIL_VERIFIED_CLAIM" default:"email_verified"`
}

// Environment is which of its worlds the signature service is asked in: a contract signed in one does not count in
// the other.
type Environment string

// Decode implements envconfig.Decoder.
func (e *Environment) Decode(value string) error {
	if value != "sandbox" && value != "production" {
		return function.Malformed("it is neither sandbox nor production")
	}
	*e = Environment(value)
	return nil
}

// signPage is where letters lead signers to, and where they come back to from the signature service.
const signPage = "/sign"

// How long an answer may take: persist may have to start first, and signature services are slow with documents.
const (
	persistTimeout   = 20 * time.Second
	signatureTimeout = 30 * time.Second
	outsideTimeout   = 5 * time.Second
)

// New makes the function. Its error is one line that names the setting that is missing or malformed.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	gate := &callGate{perMinute: int(s.SignatureCalls), log: b.Log}
	service := yousign.New(signing.Config{
		Address: s.SignatureURL.String(), APIKey: s.SignatureAPIKey,
		HTTP: function.NewClient(signatureTimeout), Now: b.Now, Gate: gate.pass, Report: gate.limited,
	})
	f, _, err := assemble(s, b, service, gate)
	return f, err
}

// assemble puts the two doors together: the one for events and the one for clients.
func assemble(s Settings, b function.Boot, service signing.Service, gate *callGate) (*function.Function, *api, error) {
	author, err := auth.NewAuthor(b, s.FunctionKey, s.FunctionKeys)
	if err != nil {
		return nil, nil, err
	}
	persist := &persistclient.Client{
		Address: s.PersistURL.String(),
		HTTP:    function.NewClient(persistTimeout),
		Self:    author,
		Now:     b.Now,
	}
	gate.record = persist
	outside, keys, err := s.trusted(b)
	if err != nil {
		return nil, nil, err
	}
	public := s.PublicURL.String()
	a := &api{
		record: persist, service: service, now: b.Now, log: b.Log,
		sessions: auth.Sessions{Issuer: public, Audience: public, Private: s.SessionKeys},
		seal:     s.SealKeys, hashing: newHashing(), outside: outside, proxies: s.TrustedProxies,
		webhooks: auth.SealContext{Service: yousign.Name, Environment: string(s.SignatureEnvironment), Slot: s.WebhookSlot},
		cookies:  cookiesOf(public), origin: http.NewCrossOriginProtection(),
	}
	if err := a.origin.AddTrustedOrigin(originOf(public)); err != nil {
		return nil, nil, fmt.Errorf("%s: the setting PUBLIC_URL is malformed: %w", b.Name, err)
	}
	b.Log.Info("X-Forwarded-For is believed of these proxies", "networks", s.TrustedProxies.String())
	l := &listener{
		record: persist, service: service, now: b.Now, log: b.Log, returnURL: public + signPage,
		perMinute: int(s.SignatureCalls), settle: time.Duration(s.SignatureSettle), unseal: a.unseal,
	}
	f := &function.Function{Manifest: Manifest, Handle: l.handle, Publisher: b.SigningPublisher(author), Routes: a.routes()}
	if keys != nil {
		f.Stop = func(context.Context) error { keys.Stop(); return nil }
	}
	return f, a, nil
}

// originOf is an address without its path (RFC 6454 §4).
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// hostOf is the host that an address names, without its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
