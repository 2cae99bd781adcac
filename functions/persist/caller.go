package persist

import (
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/record"
)

// caller is for whom is asked: a person or, if Function is set, a function as itself.
type caller struct {
	auth.Person
	Function string
}

// itself is persist when it writes down what it heard.
var itself = caller{Function: Manifest.Name}

// settings is what row-level security is told about the caller (migrations/0004).
func (c caller) settings() (role, subject, contract string) {
	if c.Function != "" {
		return "function", c.Function, ""
	}
	return string(c.Role), c.Subject, c.Contract
}

// announce makes what follows in a trip be done for this caller.
func (c caller) announce(b *pgx.Batch) {
	role, subject, contract := c.settings()
	b.Queue(setSubject, role, subject, contract)
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
	people := r.Header.Values(record.PersonHeader)
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
