package fakepersist

import (
	"slices"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// shown is a contract as persist shows it: to its owner and to administrators all of it, to a signer no more than their own.
func (l *Store) shown(who caller, v persistclient.View) persistclient.View {
	v.Relation = lifecycle.Relation{}
	if who.function != "" {
		return v
	}
	v.Relation = lifecycle.Relation{Owner: v.Owner == who.Subject, Administrator: who.Role == auth.Administrator}
	own := func(p persistclient.Person) bool {
		return p.ID == who.Subject || who.Role != auth.SignerByLink && strings.EqualFold(p.Email, l.Users[who.Subject].Email)
	}
	if i := slices.IndexFunc(v.People, own); i >= 0 {
		v.Relation.Signer = v.People[i].ID
	}
	if v.Relation.Owner || v.Relation.Administrator {
		return v
	}
	v.Letters, v.Troubles, v.DeadLetters, v.People = nil, nil, nil, slices.Clone(v.People)
	for i, p := range v.People {
		if p.ID != v.Relation.Signer {
			v.People[i].Email, v.People[i].Phone = "", ""
		}
	}
	return v
}
