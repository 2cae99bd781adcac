package persist

import (
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// caller is for whom is asked: a person or, if Function is set, a function as itself.
type caller struct {
	auth.Person
	Function string
}

// itself is persist when it writes down what it heard.
var itself = caller{Function: Manifest.Name}

// The settings that row-level security reads (migrations/0004) end with the transaction, so a pooled connection carries
// nobody's rights to the next.
const (
	// setSubject says for whom the transaction works, unasked.
	setSubject = `SELECT set_config('paraphe.role', $1, true), set_config('paraphe.subject', $2, true),
	set_config('paraphe.contract', $3, true)`

	// actAs says the same of a person, and fails if they do not stand as their token says by now (migrations/0012).
	actAs = `SELECT act_as($1, $2, $3, $4)`
)

// acting is the statement that makes what follows in a transaction be done for this caller. A function's token is too
// young to be out of date: its key alone says what it is.
func (c caller) acting() (statement string, args []any) {
	if c.Function != "" {
		return setSubject, []any{"function", c.Function, ""}
	}
	return actAs, []any{string(c.Role), c.Subject, c.Contract, c.Epoch}
}

// announce makes what follows in a trip be done for this caller.
func (c caller) announce(b *pgx.Batch) {
	statement, args := c.acting()
	b.Queue(statement, args...)
}

// resume goes on for a caller whom the same trip was announced for: there is nothing to be looked up again.
func (c caller) resume(b *pgx.Batch) {
	b.Queue(setSubject, string(c.Role), c.Subject, c.Contract)
}

// actor names the caller in the history.
func (c caller) actor() string {
	switch {
	case c.Function != "":
		return "function:" + c.Function
	case c.Role == auth.SignerByLink:
		return "signer:" + c.Subject
	}
	return "person:" + c.Subject
}

// tokens reads who a request is from. A person's token alone opens nothing here: it comes beside one of orchestrate's own,
// which is made for this very request and this very token.
type tokens struct {
	sessions  auth.Sessions
	functions auth.PublicKeys
	now       func() time.Time
}

// caller returns who asks: a function, or the person for whom orchestrate does. The two kinds of token differ in type,
// issuer and keys, so none passes for the other.
func (t tokens) caller(r *http.Request) (caller, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	people := r.Header.Values(persistclient.PersonHeader)
	if !bearer || len(people) > 1 {
		return caller{}, unauthorized
	}
	theirs, now := strings.Join(people, ""), t.now()
	name, err := auth.ReadFunction(token, auth.QuestionOf(r, theirs), t.functions, now)
	switch {
	case err != nil:
		return caller{}, unauthorized
	case len(people) == 0:
		return caller{Function: name}, nil
	case name != orchestrate:
		return caller{}, forbidden
	}
	person, err := t.sessions.Read(theirs, now)
	if err != nil {
		return caller{}, nobody
	}
	return caller{Person: person}, nil
}
