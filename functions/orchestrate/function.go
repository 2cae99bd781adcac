// Package orchestrate decides: what follows from every fact, what people may ask for, and when a contract changes
// its status. It alone acts on clients' requests and alone speaks to the signature service. Here it is put together: what
// it decides about events is in decisions, the calls of clients are in api and sessions.
package orchestrate

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/functions/orchestrate/decisions"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/functions/orchestrate/signing"
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

// signPage is where notifications lead signers to, and where they come back to from the signature service.
const signPage = "/sign"

// How long an answer may take: persist may have to start first, and signature services are slow with documents.
const (
	persistTimeout   = 20 * time.Second
	signatureTimeout = 30 * time.Second
	oidcTimeout      = 5 * time.Second
)

// New makes the function. Its error is one line that names the setting that is missing or malformed.
func New(b function.Boot) (*function.Function, error) {
	var s Settings
	if err := b.Settings(&s); err != nil {
		return nil, err
	}
	return Assemble(s, b, connect)
}

// Assemble puts the function together around the signature service that connect makes.
func Assemble(s Settings, b function.Boot, connect func(signing.Config) signing.Service) (*function.Function, error) {
	author, err := auth.NewAuthor(b, s.FunctionKey, s.FunctionKeys)
	if err != nil {
		return nil, err
	}
	persist := &persistclient.Client{Address: s.PersistURL.String(), HTTP: function.NewClient(persistTimeout), Self: author, Now: b.Now}
	rate := &decisions.Limiter{PerMinute: int(s.SignatureCalls), Record: persist, Log: b.Log}
	service := connect(signing.Config{
		Address: s.SignatureURL.String(), APIKey: s.SignatureAPIKey,
		HTTP: function.NewClient(signatureTimeout), Now: b.Now, Gate: rate.Take, Report: rate.Block,
	})
	oidc, keys, err := s.trusted(b)
	if err != nil {
		return nil, err
	}
	routes, err := s.routes(b, persist, service, oidc)
	if err != nil {
		return nil, err
	}
	f := &function.Function{Manifest: Manifest, Handle: s.eventHandler(b, persist, service).Handle, Publisher: b.SigningPublisher(author), Routes: routes}
	if keys != nil {
		f.Stop = func(context.Context) error { keys.Stop(); return nil }
	}
	return f, nil
}

// eventHandler decides about events.
func (s Settings) eventHandler(b function.Boot, persist *persistclient.Client, service signing.Service) *decisions.Handler {
	return &decisions.Handler{
		Name: Manifest.Name, Record: persist, Service: service, Now: b.Now, Log: b.Log, ReturnURL: s.PublicURL.String() + signPage,
		PerMinute: int(s.SignatureCalls), Settle: time.Duration(s.SignatureSettle),
		Unseal: func(externalID string) (auth.Sealed, error) { return s.SealKeys.Open(externalID, s.webhooks()) },
	}
}

// routes answers the calls of clients.
func (s Settings) routes(b function.Boot, persist *persistclient.Client, service signing.Service, oidc *auth.OIDC) (http.Handler, error) {
	public := s.PublicURL.String()
	tokens := auth.Sessions{Issuer: public, Audience: public, Private: s.SessionKeys}
	b.Log.Info("X-Forwarded-For is trusted from these proxies", "networks", s.TrustedProxies.String())
	people, err := sessions.New(sessions.Config{
		Record: persist, Tokens: tokens, PublicURL: public, Proxies: s.TrustedProxies, OIDC: oidc, Now: b.Now, Log: b.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: the setting PUBLIC_URL is malformed: %w", b.Name, err)
	}
	contracts := &api.API{Record: persist, Service: service, Seal: s.SealKeys, Context: s.webhooks(), Now: b.Now, Log: b.Log}
	router := rest.Router{Name: Manifest.Name, Record: persist, Sessions: tokens, Now: b.Now, Log: b.Log}
	return router.Handler(Calls(people, contracts)), nil
}

// webhooks is where the signature service's messages about our requests come in: what our sealed messages are for.
func (s Settings) webhooks() auth.SealContext {
	return auth.SealContext{Service: signatureService, Environment: s.SignatureEnvironment, Slot: s.WebhookSlot}
}
