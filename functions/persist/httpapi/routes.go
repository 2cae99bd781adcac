package httpapi

import (
	"net/http"
	"slices"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Bounds of what a request may bring, in bytes.
const (
	BodyLimit       = 1 << 20
	factLimit       = 2*persistclient.FileLimit + BodyLimit // a signed copy, its proof and the fact that names them
	DeadLetterLimit = 1 << 20
)

// Allowed is who may make one call. Which contracts a person sees is not said here but by row-level security.
type Allowed struct {
	Roles     []auth.Role
	Functions []string
}

func (a Allowed) Admits(c access.Caller) bool {
	if c.Function != "" {
		return slices.Contains(a.Functions, c.Function)
	}
	return slices.Contains(a.Roles, c.Role)
}

func people(roles ...auth.Role) Allowed { return Allowed{Roles: roles} }
func functions(names ...string) Allowed { return Allowed{Functions: names} }
func (a Allowed) and(b Allowed) Allowed {
	return Allowed{append(a.Roles, b.Roles...), append(a.Functions, b.Functions...)}
}
func everyone() Allowed {
	return people(auth.Customer, auth.Manager, auth.Administrator, auth.SignerByLink)
}
func users() Allowed          { return people(auth.Customer, auth.Manager, auth.Administrator) }
func staff() Allowed          { return people(auth.Manager, auth.Administrator) }
func administrators() Allowed { return people(auth.Administrator) }

// Route is one call of persist, and who may make it.
type Route struct {
	Pattern string
	Allowed Allowed
	Limit   int64 // of the body
	handle  handler
}

type handler func(*handlers, *http.Request, access.Caller) (answer, error)

// Routes is everything that persist answers to a token.
var Routes = []Route{
	{"POST /contracts", staff(), BodyLimit, (*handlers).createContract},
	{"GET /contracts", users(), BodyLimit, (*handlers).listContracts},
	{"GET /contracts/{id}", everyone().and(functions(access.Orchestrate, access.GenerateDoc)), BodyLimit, auditedRead("contract", (*handlers).readContract)},
	{"POST /contracts/{id}/actions", staff(), BodyLimit, (*handlers).performAction},
	{"GET /contracts/{id}/history", everyone(), BodyLimit, auditedRead("history", (*handlers).readHistory)},
	{"POST /contracts/{id}/facts", functions(access.GenerateDoc, access.Orchestrate, access.SendMail), factLimit, (*handlers).recordFact},
	{"POST /contracts/{id}/attempts/{number}/lease", functions(access.Orchestrate), BodyLimit, (*handlers).leaseAttempt},
	{"POST /contracts/{id}/attempts/{number}/request", functions(access.Orchestrate), BodyLimit, (*handlers).noteRequest},
	{"POST /contracts/{id}/attempts/{number}/release", functions(access.Orchestrate), BodyLimit, (*handlers).releaseAttempt},
	{"POST /limits/signature/calls", functions(access.Orchestrate), BodyLimit, (*handlers).takeCalls},
	{"POST /limits/signature/blocked", functions(access.Orchestrate), BodyLimit, (*handlers).blockCalls},
	{"POST /sweeps/signature/pages", functions(access.Orchestrate), BodyLimit, (*handlers).takePage},
	{"GET /stray-requests", administrators(), BodyLimit, (*handlers).listStrays},
	{"GET /stray-requests/{id}", administrators().and(functions(access.Orchestrate)), BodyLimit, (*handlers).readStray},
	{"POST /stray-requests/{id}/settled", administrators(), BodyLimit, (*handlers).settleStray},
	{"GET /contracts/{id}/files/{digest}", everyone().and(functions(access.Orchestrate, access.SendMail)), BodyLimit, auditedRead("document", (*handlers).readFile)},
	{"POST /contracts/{id}/notifications", functions(access.SendMail), BodyLimit, (*handlers).claimNotification},
	{"POST /contracts/{id}/notifications/handover", functions(access.SendMail), BodyLimit, (*handlers).handOverNotification},

	{"GET /attention", staff(), BodyLimit, (*handlers).listAttention},
	{"POST /attention/{cause}/{action}/selection", staff(), BodyLimit, (*handlers).selectByCause},

	{"POST /users/by-email", functions(access.Orchestrate), BodyLimit, (*handlers).userByEmail},
	{"GET /users/{id}", users().and(functions(access.Orchestrate)), BodyLimit, (*handlers).readUser},
	{"GET /users", administrators(), BodyLimit, (*handlers).listUsers},
	{"POST /users", administrators(), BodyLimit, (*handlers).addUser},
	{"POST /users/{id}/address", users(), BodyLimit, (*handlers).proveAddress},
	{"PUT /users/{id}/password", functions(access.Orchestrate), BodyLimit, (*handlers).replaceHash},
	{"POST /identities", functions(access.Orchestrate), BodyLimit, (*handlers).identify},
	{"POST /sessions", functions(access.Orchestrate), BodyLimit, (*handlers).startSession},
	{"POST /sessions/rotate", functions(access.Orchestrate), BodyLimit, (*handlers).renewSession},
	{"POST /sessions/end", functions(access.Orchestrate), BodyLimit, (*handlers).endSession},
	{"POST /links/open", functions(access.Orchestrate), BodyLimit, (*handlers).openLink},

	{"GET /dead-letters", administrators(), BodyLimit, (*handlers).listDeadLetters},
	{"POST /dead-letters/{id}/replay", administrators(), BodyLimit, (*handlers).replayDeadLetter},
}
