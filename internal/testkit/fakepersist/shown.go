package fakepersist

import (
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sees reports whether a contract is there for a caller at all.
func (s *Store) sees(who caller, v *persistclient.View) bool {
	r := s.relation(who, v)
	return who.function != "" || r.Owner || r.Administrator || r.Signer != "" && (who.Role != auth.SignerByLink || string(v.ID) == who.Contract)
}

// relation is what a caller is to a contract. Somebody with an account is a signer by an address that is known to be theirs.
func (s *Store) relation(who caller, v *persistclient.View) (r lifecycle.Relation) {
	switch u := s.Users[who.Subject]; {
	case who.function != "":
	case who.Role == auth.SignerByLink:
		r.Signer = who.Subject
	default:
		r = lifecycle.Relation{Owner: v.Owner == who.Subject, Administrator: who.Role == auth.Administrator}
		i := slices.IndexFunc(v.People, func(p persistclient.Person) bool { return u.EmailVerified && strings.EqualFold(p.Email, u.Email) })
		if i >= 0 {
			r.Signer = v.People[i].ID
		}
	}
	return r
}

// portion is what is shown of a contract beside how it stands and its title.
type portion struct {
	data, contacts, maker, ownersAddress, progress, request, token bool
	own                                                            string // the signer who is shown their own
}

// portionOf is what a caller is shown; listed says that it is one among others.
func portionOf(who caller, r lifecycle.Relation, listed bool) portion {
	everything := portion{data: true, contacts: true, maker: true, ownersAddress: true, progress: true, request: true}
	switch {
	case who.function == "orchestrate":
		everything.token = true
		return everything
	case who.function == "generate-doc":
		return portion{data: true, progress: true, request: true}
	case who.function != "":
		return portion{maker: true, ownersAddress: true, progress: true, request: true}
	case r.Owner, r.Administrator && r.Signer == "" && !listed:
		return everything
	case r.Signer != "":
		return portion{data: true, maker: true, own: r.Signer, progress: r.Administrator, request: r.Administrator}
	}
	return portion{maker: true, progress: true, request: true}
}

// shown is a contract as a caller is shown it.
func (s *Store) shown(who caller, stored *persistclient.View, listed bool) persistclient.View {
	v := *stored
	v.Relation = s.relation(who, stored)
	p := portionOf(who, v.Relation, listed)
	if v.Token = ""; p.token {
		v.Token = s.Tokens[v.ID]
	}
	if !p.data {
		v.Data = nil
	}
	if !p.maker {
		v.OwnerName = ""
	}
	if !p.ownersAddress {
		v.OwnerEmail, v.OwnerLocale = "", ""
	}
	if !p.progress {
		v.Notifications = slices.DeleteFunc(slices.Clone(v.Notifications), func(l contract.Notification) bool { return l.Recipient != p.own })
		v.Troubles, v.DeadLetters, v.DueAt, v.Backoff = nil, nil, time.Time{}, 0
	}
	if v.Request != nil && !p.request {
		left := contract.Request{Attempt: v.Request.Attempt, State: v.Request.State, Signed: v.Request.Signed, ID: v.Request.ID}
		if theirs, expected := v.Request.Signers[p.own]; expected {
			left.Signers = map[string]string{p.own: theirs}
		}
		v.Request = &left
	}
	v.People = slices.Clone(v.People)
	for i, one := range v.People {
		if !p.contacts && one.ID != p.own {
			v.People[i] = persistclient.Person{ID: one.ID, FirstName: one.FirstName, LastName: one.LastName}
		}
	}
	return v
}
