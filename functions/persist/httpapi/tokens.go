package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// tokens reads who a request is from. A person's token alone opens nothing here: it comes beside one of orchestrate's own,
// which is made for this very request and this very token.
type tokens struct {
	sessions  auth.Sessions
	functions auth.PublicKeys
	now       func() time.Time
}

// caller returns who asks: a function, or the person for whom orchestrate does. The two kinds of token differ in type,
// issuer and keys, so none passes for the other.
func (t tokens) caller(r *http.Request) (access.Caller, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	people := r.Header.Values(persistclient.PersonHeader)
	if !bearer || len(people) > 1 {
		return access.Caller{}, problem.Unauthorized
	}
	theirs, now := strings.Join(people, ""), t.now()
	name, err := auth.ReadFunction(token, auth.QuestionOf(r, theirs), t.functions, now)
	switch {
	case err != nil:
		return access.Caller{}, problem.Unauthorized
	case len(people) == 0:
		return access.Caller{Function: name}, nil
	case name != access.Orchestrate:
		return access.Caller{}, problem.Forbidden
	}
	person, err := t.sessions.Read(theirs, now)
	if err != nil {
		return access.Caller{}, problem.PersonNotAccepted
	}
	return access.Caller{Person: person}, nil
}
