package orchestrate

import (
	"github.com/paraphe/paraphe/functions/orchestrate/api"
	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/functions/orchestrate/sessions"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// Who a call is for.
var (
	everyone       = []auth.Role{auth.Customer, auth.Manager, auth.Administrator, auth.SignerByLink}
	managers       = []auth.Role{auth.Manager}
	staff          = []auth.Role{auth.Manager, auth.Administrator}
	administrators = []auth.Role{auth.Administrator}
)

// route is one row of the table.
type route rest.Route

// Calls is the whole API: every call, who may make it, and what answers.
func Calls(s *sessions.API, a *api.API) []rest.Route {
	var calls []rest.Route
	for _, r := range table(s, a) {
		calls = append(calls, rest.Route(r))
	}
	return calls
}

func table(s *sessions.API, a *api.API) []route {
	return []route{
		{"GET /.well-known/jwks.json", nil, s.PublicKeys},
		{"POST /v1/session", nil, s.LogIn},
		{"POST /v1/session/refresh", nil, s.Refresh},
		{"DELETE /v1/session", nil, s.LogOut},
		{"GET /v1/me", everyone, s.Me},
		{"POST /v1/me/address", input.AccountRoles, s.ProveAddress},
		{"GET /v1/templates", staff, a.ListTemplates},
		{"GET /v1/templates/{name}", staff, a.ShowTemplate},
		{"GET /v1/templates/{name}/{version}", staff, a.ShowTemplate},
		{"POST /v1/contracts", managers, a.CreateContract},
		{"GET /v1/contracts", input.AccountRoles, a.ListContracts},
		{"GET /v1/contracts/{id}", everyone, a.ShowContract},
		{"GET /v1/contracts/{id}/document", everyone, a.ShowDocument},
		{"GET /v1/contracts/{id}/history", everyone, a.ShowHistory},
		{"POST /v1/contracts/{id}/send", staff, a.Act(lifecycle.Send)},
		{"POST /v1/contracts/{id}/remind", staff, a.Act(lifecycle.Remind)},
		{"POST /v1/contracts/{id}/cancel", staff, a.Act(lifecycle.Cancel)},
		{"POST /v1/contracts/{id}/retry", staff, a.Act(lifecycle.Retry)},
		{"POST /v1/contracts/{id}/set-aside", staff, a.Act(lifecycle.SetAside)},
		{"POST /v1/contracts/{id}/send-again", staff, a.Act(lifecycle.SendAgain)},
		{"PATCH /v1/contracts/{id}/signers/{signer}", staff, a.CorrectSigner},
		{"POST /v1/contracts/{id}/signing-link", everyone, a.SigningLink},
		{"GET /v1/attention", staff, a.ListAttention},
		{"POST /v1/attention/{cause}/retry", staff, a.ActOnCause(lifecycle.Retry)},
		{"POST /v1/attention/{cause}/set-aside", staff, a.ActOnCause(lifecycle.SetAside)},
		{"GET /v1/users", administrators, s.ListUsers},
		{"POST /v1/users", administrators, s.AddUser},
		{"GET /v1/stray-requests", administrators, a.ListStrays},
		{"POST /v1/stray-requests/{id}/withdraw", administrators, a.WithdrawStray},
		{"GET /v1/dead-letters", administrators, a.ListDeadLetters},
		{"POST /v1/dead-letters/{id}/replay", administrators, a.ReplayDeadLetter},
	}
}
