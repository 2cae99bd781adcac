package persist

import (
	"slices"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// portion is what somebody is shown of a contract beside how it stands and its title. Whatever leaves persist about a
// contract goes through one, so that what is not shown in one way is not shown in another. docs/security.md has the table.
type portion struct {
	data     bool   // what the template was filled with
	names    bool   // the signers' names
	contacts bool   // the signers' e-mail addresses, phones and languages
	own      string // the signer who is shown their own, and the letters to them
	maker    bool   // the name of whoever made it
	owner    bool   // the address and the language of letters to whoever made it
	progress bool   // every letter, what does not go on, and when it is looked at again
	request  bool   // the whole of the attempt at the signature service
	past     bool   // the whole history, with the words that people wrote and the chain that proves it
	token    bool   // the sealed message of the current attempt
}

// portions are what each function is shown: what its work needs. Whom send-mail writes to is in its claim of the letter. A
// function that is not here is shown nothing more.
var portions = map[string]portion{
	orchestrate:   {data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, token: true},
	Manifest.Name: {data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, past: true},
	generateDoc:   {data: true, names: true, progress: true, request: true},
	sendMail:      {names: true, maker: true, owner: true, progress: true, request: true},
}

// What people are shown. An administrator is shown the outline in passing, and everything once it is on record that they
// read it (perusal.go). Whoever signs is shown what they are to sign, and no more about the others than that they sign.
var (
	everything = portion{data: true, names: true, contacts: true, maker: true, owner: true, progress: true, request: true, past: true}
	outline    = portion{names: true, maker: true, progress: true, request: true}
	signing    = portion{data: true, names: true, maker: true}
)

// portionOf is what a caller with this relation to a contract is shown of it in passing.
func (c caller) portionOf(who lifecycle.Relation) portion {
	p := portion{}
	switch {
	case c.Function != "":
		return portions[c.Function]
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

// shown is a contract as asks is shown it in passing, in a list among others.
func (c caller) shown(v persistclient.View) persistclient.View { return c.portionOf(v.Relation).of(v) }

// reads is a contract as asks is shown it by itself. Of an administrator who has nothing else to do with it, it is on
// record by then.
func (c caller) reads(v persistclient.View) persistclient.View {
	return c.portionRead(v.Relation).of(v)
}

func (c caller) portionRead(who lifecycle.Relation) portion {
	if noted := c.Function == "" && who.Administrator && who.Signer == ""; noted {
		return everything
	}
	return c.portionOf(who)
}

// of leaves of a contract what is in the portion.
func (p portion) of(v persistclient.View) persistclient.View {
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
		v.Letters = p.letters(v.Letters)
		v.Troubles, v.DeadLetters, v.DueAt, v.Nudges = nil, nil, time.Time{}, 0
	}
	v.Request = p.attempt(v.Request)
	people := make([]persistclient.Person, len(v.People))
	for i, s := range v.People {
		people[i] = p.person(s)
	}
	v.People = people
	return v
}

func (p portion) person(s persistclient.Person) persistclient.Person {
	switch {
	case p.contacts, p.own != "" && s.ID == p.own:
		return s
	case p.names:
		return persistclient.Person{ID: s.ID, FirstName: s.FirstName, LastName: s.LastName}
	}
	return persistclient.Person{}
}

// letters are those to the signer who is shown their own.
func (p portion) letters(all []contract.Letter) []contract.Letter {
	return slices.DeleteFunc(slices.Clone(all), func(l contract.Letter) bool { return p.own == "" || l.Recipient != p.own })
}

// attempt leaves of an attempt what a signer needs to sign: the service's names of the request and of themselves.
func (p portion) attempt(r *contract.Request) *contract.Request {
	if r == nil || p.request {
		return r
	}
	left := contract.Request{Attempt: r.Attempt, State: r.State, Signed: r.Signed, ID: r.ID}
	if theirs, expected := r.Signers[p.own]; expected {
		left.Signers = map[string]string{p.own: theirs}
	}
	return &left
}

// relationTo is what a caller is to a contract of this owner that these signers' addresses are theirs of.
func (c caller) relationTo(owner string, own []string) lifecycle.Relation {
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
