package fakepersist

import (
	"net/http"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// sweep is one look through the requests at the signature service. Number 0 takes every page.
type sweep struct {
	number int
	cursor string
}

func (s *Store) aboutSweeps() []question {
	return []question{
		{"POST /sweeps/signature/pages", nil, orchestrate, s.page},
		{"GET /stray-requests", admins, nil, s.strays},
		{"GET /stray-requests/{id}", admins, orchestrate, func(who caller, r *http.Request) any { return s.stray(who, r) }},
		{"POST /stray-requests/{id}/settled", admins, nil, s.settle},
	}
}

// page takes a page, if the sweep waits for it, and keeps those of its requests that no attempt on record accounts for.
func (s *Store) page(_ caller, r *http.Request) any {
	page := read[persistclient.SweptPage](r)
	var f fieldErrors
	f.check("number", page.Number > 0)
	f.end()
	if s.Overtaken || s.sweep.number > 0 && (page.Number != s.sweep.number || page.Cursor != s.sweep.cursor) {
		return conflict
	}
	s.sweep.cursor = page.Next
	s.Swept = append(s.Swept, page)
	accounted := map[string]bool{}
	for _, token := range s.Tokens {
		accounted[token] = true
	}
	for _, q := range page.Requests {
		if !accounted[q.ExternalID] && (q.State == events.SignatureOngoing || q.State == events.SignatureDone) {
			id := events.DerivedID("signature", q.Request)
			s.Strays[id] = &persistclient.StrayRequest{
				ID: id, Request: q.Request, ExternalID: q.ExternalID, Contract: q.Contract, Attempt: q.Attempt, State: q.State,
				CreatedAt: q.Created, FoundAt: s.now().UTC(), SeenAt: s.now().UTC(),
			}
		}
	}
	return nil
}

// strays lists those that nobody has settled.
func (s *Store) strays(caller, *http.Request) any {
	list := []persistclient.StrayRequest{}
	for _, one := range s.Strays {
		if one.SettledAt.IsZero() {
			shown := *one
			shown.ExternalID = ""
			list = append(list, shown)
		}
	}
	return list
}

// stray shows one; its sealed message is for orchestrate as itself.
func (s *Store) stray(who caller, r *http.Request) any {
	one := s.Strays[r.PathValue("id")]
	if one == nil {
		return notFound
	}
	shown := *one
	if who.Role == auth.Administrator {
		shown.ExternalID = ""
	}
	return shown
}

func (s *Store) settle(_ caller, r *http.Request) any {
	in := read[persistclient.Settled](r)
	var f fieldErrors
	f.check("state", in.State != "")
	f.end()
	one := s.Strays[r.PathValue("id")]
	if one == nil {
		return notFound
	}
	if one.State = in.State; one.SettledAt.IsZero() {
		one.SettledAt = s.now().UTC()
	}
	return nil
}
