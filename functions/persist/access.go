package persist

import (
	"net/http"
	"slices"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// The functions that ask.
const (
	orchestrate = "orchestrate"
	generateDoc = "generate-doc"
	sendMail    = "send-mail"
)

// Bounds of what a request may bring, in bytes.
const (
	bodyLimit       = 1 << 20
	factLimit       = 2*persistclient.FileLimit + bodyLimit // a signed copy, its proof and the fact that names them
	deadLetterLimit = 1 << 20
)

// allowed is who may ask one question. Which contracts a person sees is not said here but by row-level security.
type allowed struct {
	roles     []auth.Role
	functions []string
}

func (a allowed) admits(c caller) bool {
	if c.Function != "" {
		return slices.Contains(a.functions, c.Function)
	}
	return slices.Contains(a.roles, c.Role)
}

func people(roles ...auth.Role) allowed { return allowed{roles: roles} }
func functions(names ...string) allowed { return allowed{functions: names} }
func (a allowed) and(b allowed) allowed {
	return allowed{append(a.roles, b.roles...), append(a.functions, b.functions...)}
}
func everyone() allowed {
	return people(auth.Customer, auth.Manager, auth.Administrator, auth.SignerByLink)
}
func users() allowed          { return people(auth.Customer, auth.Manager, auth.Administrator) }
func staff() allowed          { return people(auth.Manager, auth.Administrator) }
func administrators() allowed { return people(auth.Administrator) }

// question is one thing that persist can be asked, and by whom.
type question struct {
	pattern string
	who     allowed
	limit   int64
	answer  func(*door, *http.Request, caller) (answer, error)
}

// questions is everything that persist answers to a token.
var questions = []question{
	{"POST /contracts", staff(), bodyLimit, (*door).create},
	{"GET /contracts", users(), bodyLimit, (*door).list},
	{"GET /contracts/{id}", everyone().and(functions(orchestrate, generateDoc)), bodyLimit, noted("contract", (*door).contract)},
	{"POST /contracts/{id}/wishes", staff(), bodyLimit, (*door).grant},
	{"GET /contracts/{id}/history", everyone(), bodyLimit, noted("history", (*door).history)},
	{"POST /contracts/{id}/facts", functions(generateDoc, orchestrate, sendMail), factLimit, (*door).keep},
	{"POST /contracts/{id}/attempts/{number}/lease", functions(orchestrate), bodyLimit, (*door).lease},
	{"POST /contracts/{id}/attempts/{number}/request", functions(orchestrate), bodyLimit, (*door).noteRequest},
	{"POST /contracts/{id}/attempts/{number}/release", functions(orchestrate), bodyLimit, (*door).release},
	{"POST /limits/signature/calls", functions(orchestrate), bodyLimit, (*door).calls},
	{"POST /limits/signature/blocked", functions(orchestrate), bodyLimit, (*door).limited},
	{"POST /sweeps/signature/pages", functions(orchestrate), bodyLimit, (*door).swept},
	{"GET /stray-requests", administrators(), bodyLimit, (*door).strays},
	{"GET /stray-requests/{id}", administrators().and(functions(orchestrate)), bodyLimit, (*door).stray},
	{"POST /stray-requests/{id}/settled", administrators(), bodyLimit, (*door).settle},
	{"GET /contracts/{id}/files/{digest}", everyone().and(functions(orchestrate, sendMail)), bodyLimit, noted("document", (*door).file)},
	{"POST /contracts/{id}/letters", functions(sendMail), bodyLimit, (*door).claim},
	{"POST /contracts/{id}/letters/handover", functions(sendMail), bodyLimit, (*door).handover},

	{"GET /attention", staff(), bodyLimit, (*door).attention},
	{"POST /attention/{cause}/{action}/selection", staff(), bodyLimit, (*door).selectOf},

	{"POST /users/by-email", functions(orchestrate), bodyLimit, (*door).userByEmail},
	{"GET /users/{id}", users().and(functions(orchestrate)), bodyLimit, (*door).user},
	{"GET /users", administrators(), bodyLimit, (*door).users},
	{"POST /users", administrators(), bodyLimit, (*door).addUser},
	{"POST /users/{id}/address", users(), bodyLimit, (*door).proveAddress},
	{"PUT /users/{id}/password", functions(orchestrate), bodyLimit, (*door).rehash},
	{"POST /identities", functions(orchestrate), bodyLimit, (*door).identify},
	{"POST /sessions", functions(orchestrate), bodyLimit, (*door).startSession},
	{"POST /sessions/rotate", functions(orchestrate), bodyLimit, (*door).rotateSession},
	{"POST /sessions/end", functions(orchestrate), bodyLimit, (*door).endSession},
	{"POST /links/open", functions(orchestrate), bodyLimit, (*door).openLink},

	{"GET /dead-letters", administrators(), bodyLimit, (*door).deadLetters},
	{"POST /dead-letters/{id}/replay", administrators(), bodyLimit, (*door).replay},
}
