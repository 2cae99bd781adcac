package fakepersist

import (
	"errors"
	"net/http"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var reused = function.Problem{Type: persistclient.ReusedType, Status: http.StatusUnprocessableEntity, Title: "Idempotency key reused"}

// lookEvery is how often a contract that waits for people is looked at.
const lookEvery = 15 * time.Minute

// perform writes down what a person asked for, by the same rules as persist.
func (s *Store) perform(who caller, r *http.Request) any {
	a := read[persistclient.Action](r)
	v := s.contract(who, r)
	return s.once(who, r, func() any {
		if s.Overtakes > 0 { // somebody else writes first
			s.Overtakes--
			v.Version++
		}
		if a.Version != v.Version {
			return conflict
		}
		asked := lifecycle.Request{Action: a.Kind, About: a.About, Cause: a.Cause, Signer: a.Signer}
		if a.Attempt != nil {
			asked.Attempt = a.Attempt.Number
		}
		n, err := lifecycle.Perform(v.Contract, asked, s.relation(who, v), s.now().UTC())
		var no *lifecycle.Refusal
		switch {
		case errors.As(err, &no) && no.NotYours:
			return forbidden
		case err != nil:
			return function.Problem{Type: persistclient.ImpossibleType, Status: http.StatusConflict, Detail: err.Error()}
		}
		if p := v.PersonOf(a.Signer); p != nil {
			if s.Writing || s.mailing[string(v.ID)+"/"+a.Signer] {
				return wait{30 * time.Second, "A notification is being written."}
			}
			p.Email = a.Email
		}
		if a.Attempt != nil {
			s.Tokens[v.ID] = a.Attempt.Token
		}
		s.stand(v, n.After)
		s.Actions, s.Writes = append(s.Actions, a), s.Writes+1
		s.enter(v.ID, "person:"+who.Subject, "action."+string(a.Kind))
		return s.shown(who, v, false)
	}, false)
}

// stand puts a contract in its next state, with the time when it is looked at again.
func (s *Store) stand(v *persistclient.View, after contract.Contract) {
	v.Contract, v.Backoff, v.DueAt = after, 0, time.Time{}
	if next, _ := (lifecycle.Schedule{Look: lookEvery}).Due(after, 0, s.now()); next > 0 {
		v.DueAt = s.now().UTC().Add(next)
	}
}
