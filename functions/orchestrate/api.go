package orchestrate

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// api is the door for clients. It keeps nothing between two requests.
type api struct {
	record   *persistclient.Client // speaks as orchestrate itself; As(token) as the person
	service  signing.Service
	sessions auth.Sessions
	seal     auth.SealKeys
	webhooks auth.SealContext // where the signature service's messages about our requests come in
	cookies  cookies
	origin   *http.CrossOriginProtection
	now      func() time.Time
	log      *slog.Logger
	hashing  hashing
	proxies  function.Networks
	outside  *auth.OIDC // nil where no other issuer is trusted

	doubtProxies sync.Once
}

// call is one request of a client who was let in.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	person auth.Person           // zero where nobody has to say who they are
	record *persistclient.Client // speaks as the person; nil where there is none
	token  string
}

// route is one call of the API: its pattern, who may make it, and what answers. The database checks the person
// against the contract again; the role alone opens nothing.
type route struct {
	pattern string
	roles   []auth.Role // nil: anyone, without a token
	answer  func(c call) error
}

var (
	everyone       = []auth.Role{auth.Customer, auth.Manager, auth.Administrator, auth.SignerByLink}
	accounts       = []auth.Role{auth.Customer, auth.Manager, auth.Administrator}
	managers       = []auth.Role{auth.Manager}
	staff          = []auth.Role{auth.Manager, auth.Administrator}
	administrators = []auth.Role{auth.Administrator}
)

// calls is the whole API.
func (a *api) calls() []route {
	return []route{
		{"GET /.well-known/jwks.json", nil, a.publicKeys},
		{"POST /v1/session", nil, a.logIn},
		{"POST /v1/session/refresh", nil, a.refresh},
		{"DELETE /v1/session", nil, a.logOut},
		{"GET /v1/me", everyone, a.me},
		{"POST /v1/me/address", accounts, a.proveAddress},
		{"GET /v1/templates", staff, a.listTemplates},
		{"GET /v1/templates/{name}", staff, a.showTemplate},
		{"GET /v1/templates/{name}/{version}", staff, a.showTemplate},
		{"POST /v1/contracts", managers, a.createContract},
		{"GET /v1/contracts", accounts, a.listContracts},
		{"GET /v1/contracts/{id}", everyone, a.showContract},
		{"GET /v1/contracts/{id}/document", everyone, a.showDocument},
		{"GET /v1/contracts/{id}/history", everyone, a.showHistory},
		{"POST /v1/contracts/{id}/send", staff, a.wish(lifecycle.Send)},
		{"POST /v1/contracts/{id}/remind", staff, a.wish(lifecycle.Remind)},
		{"POST /v1/contracts/{id}/cancel", staff, a.wish(lifecycle.Cancel)},
		{"POST /v1/contracts/{id}/retry", staff, a.wish(lifecycle.Retry)},
		{"POST /v1/contracts/{id}/set-aside", staff, a.wish(lifecycle.SetAside)},
		{"POST /v1/contracts/{id}/send-again", staff, a.wish(lifecycle.SendAgain)},
		{"PATCH /v1/contracts/{id}/signers/{signer}", staff, a.correctSigner},
		{"POST /v1/contracts/{id}/signing-link", everyone, a.signingLink},
		{"GET /v1/attention", staff, a.listAttention},
		{"POST /v1/attention/{cause}/retry", staff, a.forAll(lifecycle.Retry)},
		{"POST /v1/attention/{cause}/set-aside", staff, a.forAll(lifecycle.SetAside)},
		{"GET /v1/users", administrators, a.listUsers},
		{"POST /v1/users", administrators, a.addUser},
		{"GET /v1/stray-requests", administrators, a.listStrays},
		{"POST /v1/stray-requests/{id}/withdraw", administrators, a.withdrawStray},
		{"GET /v1/dead-letters", administrators, a.listDeadLetters},
		{"POST /v1/dead-letters/{id}/replay", administrators, a.replayDeadLetter},
	}
}

// unseal opens what a request at the signature service bears, if that is one of this installation: a message that we
// sealed for this service and environment.
func (a *api) unseal(externalID string) (auth.Sealed, error) {
	return a.seal.Open(externalID, a.webhooks)
}

// routes makes the handler of the whole API. Events are not its concern: function.Server takes those, at "POST /".
func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.calls() {
		mux.Handle(r.pattern, a.admit(r))
	}
	return door{mux}
}

// admit lets in whom the route is for, and turns every error of its answer into a problem.
func (a *api) admit(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.now()
		ctx := function.WithTrace(r.Context(), r.Header.Get("Traceparent"))
		c := call{w: w, r: r.WithContext(ctx)}
		err := a.identify(&c, route.roles)
		if err == nil {
			err = route.answer(c)
		}
		if err == nil {
			function.PointAt(Manifest.Name, "answered", route.pattern)
		}
		attrs := []any{"call", route.pattern, "took", a.now().Sub(began).String()}
		switch {
		case err == nil:
			a.log.Info("answered", attrs...)
		case function.ClientGone(r):
			a.log.Info("the client went away", attrs...)
		default:
			status := refuse(w, err)
			a.log.Log(ctx, levelOf(status), "refused", append(attrs, "status", status, "error", err.Error())...)
		}
	})
}

// levelOf keeps what clients do wrong out of what an operator is woken for.
func levelOf(status int) slog.Level {
	if status >= 500 {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
