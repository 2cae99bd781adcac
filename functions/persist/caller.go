package persist

import (
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/shared/auth"
)

// caller is who asks: a person or, if Function is set, a function as itself.
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

// tokens reads who a request is from.
type tokens struct {
	sessions  auth.Sessions
	functions auth.PublicKeys
	now       func() time.Time
}

// caller returns who asks. The two kinds of token differ in type, issuer and keys, so none passes for the other.
func (t tokens) caller(r *http.Request) (caller, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return caller{}, unauthorized
	}
	now := t.now()
	if name, err := auth.ReadFunction(token, t.functions, now); err == nil {
		return caller{Function: name}, nil
	}
	person, err := t.sessions.Read(token, now)
	if err != nil {
		return caller{}, unauthorized
	}
	return caller{Person: person}, nil
}
