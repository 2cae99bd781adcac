// Package access says who asks persist, and what of a contract they are shown.
package access

import (
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

// The functions that ask, and persist itself.
const (
	Orchestrate = "orchestrate"
	GenerateDoc = "generate-doc"
	SendMail    = "send-mail"
	Persist     = "persist"
)

// Caller is for whom something is done: a person or, if Function is set, a function as itself.
type Caller struct {
	auth.Person
	Function string
}

// Itself is persist when it does what an event or the clock made it do.
var Itself = Caller{Function: Persist}

// Actor names the caller in the history.
func (c Caller) Actor() string {
	switch {
	case c.Function != "":
		return "function:" + c.Function
	case c.Role == auth.SignerByLink:
		return "signer:" + c.Subject
	}
	return "person:" + c.Subject
}

// RelationTo is what a caller is to a contract of this owner. own are the signers whose address is the caller's.
func (c Caller) RelationTo(owner string, own []string) lifecycle.Relation {
	if c.Function != "" {
		return lifecycle.Relation{}
	}
	if c.Role == auth.SignerByLink {
		return lifecycle.Relation{Signer: c.Subject}
	}
	who := lifecycle.Relation{Owner: owner == c.Subject, Administrator: c.Role == auth.Administrator}
	if len(own) > 0 {
		who.Signer = own[0]
	}
	return who
}
