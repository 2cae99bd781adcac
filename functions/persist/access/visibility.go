package access

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// visibility is what somebody is shown of a contract beside how it stands and its title. Whatever leaves persist about a
// contract goes through one, so that what is not shown in one way is not shown in another. docs/security.md has the table.
type visibility struct {
	data     bool   // what the template was filled with
	names    bool   // the signers' names
	contacts bool   // the signers' e-mail addresses, phones and languages
	own      string // the signer who is shown their own, and the notifications to them
	maker    bool   // the name of whoever made it
	owner    bool   // the address and the language of notifications to whoever made it
	progress bool   // every notification, what does not go on, and when it is looked at again
	request  bool   // the whole of the attempt at the signature service
	past     bool   // the whole history, with the words that people wrote and the chain that proves it
	token    bool   // the sealed message of the current attempt
}

// byFunction is what each function is shown: what its work needs. Whom send-mail writes to is in its claim of the notification. A
// function that is not here is shown nothing more.
var byFunction = map[string]visibility{
	Orchestrate: {data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, token: true},
	Persist:     {data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, past: true},
	GenerateDoc: {data: true, names: true, progress: true, request: true},
	SendMail:    {names: true, maker: true, owner: true, progress: true, request: true},
}

// What people are shown. An administrator is shown the outline in lists, and everything once it is on record that they read
// it (RecordRead in package contracts). Whoever signs is shown what they are to sign, and no more about the others than that
// they sign.
var (
	everything = visibility{data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, past: true}
	outline    = visibility{names: true, maker: true, progress: true, request: true}
	signing    = visibility{data: true, names: true, maker: true}
)

// inList is what a caller with this relation to a contract is shown of it in a list.
func (c Caller) inList(who lifecycle.Relation) visibility {
	p := visibility{}
	switch {
	case c.Function != "":
		return byFunction[c.Function]
	case who.Owner:
		return everything
	case who.Signer != "":
		p = signing
		p.own, p.progress, p.request = who.Signer, who.Administrator, who.Administrator
	case who.Administrator:
		p = outline
	}
	return p
}

// ListView is a contract as the caller is shown it among others, or with the answer to something else.
func (c Caller) ListView(v persistclient.View) persistclient.View { return c.inList(v.Relation).of(v) }

// DetailView is a contract as the caller is shown it when they open it. That an administrator who has nothing else to do with
// it opened it is on record by then.
func (c Caller) DetailView(v persistclient.View) persistclient.View {
	return c.inDetail(v.Relation).of(v)
}

// inDetail is what a caller is shown of a contract that they open.
func (c Caller) inDetail(who lifecycle.Relation) visibility {
	if recorded := c.Function == "" && who.Administrator && who.Signer == ""; recorded {
		return everything
	}
	return c.inList(who)
}

// of leaves of a contract what is visible.
func (p visibility) of(v persistclient.View) persistclient.View {
	if !p.data {
		v.Data = nil
	}
	if !p.maker {
		v.OwnerName = ""
	}
	if !p.owner {
		v.OwnerEmail, v.OwnerLocale = "", ""
	}
	if !p.token {
		v.Token = ""
	}
	if !p.progress {
		v.Notifications = p.notifications(v.Notifications)
		v.Troubles, v.DeadLetters, v.DueAt, v.Backoff = nil, nil, time.Time{}, 0
	}
	v.Request = p.attempt(v.Request)
	people := make([]persistclient.Person, len(v.People))
	for i, s := range v.People {
		people[i] = p.person(s)
	}
	v.People = people
	return v
}

func (p visibility) person(s persistclient.Person) persistclient.Person {
	switch {
	case p.contacts, p.own != "" && s.ID == p.own:
		return s
	case p.names:
		return persistclient.Person{ID: s.ID, FirstName: s.FirstName, LastName: s.LastName}
	}
	return persistclient.Person{}
}

// notifications are those to the signer who is shown their own.
func (p visibility) notifications(all []contract.Notification) []contract.Notification {
	return slices.DeleteFunc(slices.Clone(all), func(l contract.Notification) bool { return p.own == "" || l.Recipient != p.own })
}

// attempt leaves of an attempt what a signer needs to sign: the service's names of the request and of themselves.
func (p visibility) attempt(r *contract.Request) *contract.Request {
	if r == nil || p.request {
		return r
	}
	left := contract.Request{Attempt: r.Attempt, State: r.State, Signed: r.Signed, ID: r.ID}
	if theirs, expected := r.Signers[p.own]; expected {
		left.Signers = map[string]string{p.own: theirs}
	}
	return &left
}
