package fakepersist

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// chosen is a selection that is kept under its key.
type chosen struct {
	digest string
	total  int
	ids    []contract.ID
}

func (s *Store) aboutAttention() []question {
	return []question{
		{"GET /attention", staff, nil, s.attention},
		{"POST /attention/{cause}/{action}/selection", staff, nil, s.selection},
		{"GET /dead-letters", admins, nil, func(caller, *http.Request) any {
			list := []persistclient.DeadLetter{}
			for _, l := range s.deadLetters {
				list = append(list, *l)
			}
			return list
		}},
		{"POST /dead-letters/{id}/replay", admins, nil, s.replay},
	}
}

// looksAfter reports whether somebody is to see what is wrong with a contract.
func looksAfter(who caller, v *persistclient.View) bool {
	return who.Role == auth.Administrator || v.Owner == who.Subject
}

func (s *Store) attention(who caller, _ *http.Request) any {
	byCause := map[string]persistclient.Cause{}
	for _, v := range s.Contracts {
		for _, t := range lifecycle.Open(v.Contract) {
			if looksAfter(who, v) {
				byCause[t.Cause] = counted(byCause[t.Cause], v, t)
			}
		}
	}
	list := []persistclient.Cause{}
	for _, c := range byCause {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b persistclient.Cause) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Cause, b.Cause))
	})
	return list
}

// counted adds a contract's trouble to those of its cause.
func counted(c persistclient.Cause, v *persistclient.View, t contract.Trouble) persistclient.Cause {
	c.Cause, c.Ours, c.Contracts = t.Cause, c.Ours || t.Ours, c.Contracts+1
	if c.Since.IsZero() || t.Since.Before(c.Since) {
		c.Since = t.Since
	}
	if t.Stops {
		c.Stopped++
	} else if c.NextTry.IsZero() || v.DueAt.Before(c.NextTry) {
		c.NextTry = v.DueAt
	}
	return c
}

func (s *Store) selection(who caller, r *http.Request) any {
	action := lifecycle.Action(r.PathValue("action"))
	var f fieldErrors
	f.check("action", action == lifecycle.Retry || action == lifecycle.SetAside)
	f.end()
	key := who.Subject + " " + r.Header.Get("Idempotency-Key")
	one, there := s.selections[key]
	if !hasKey(r) || !there {
		one = s.choose(who, r.PathValue("cause"), action)
		one.digest = r.Header.Get("Idempotency-Digest")
	}
	if hasKey(r) {
		if one.digest != r.Header.Get("Idempotency-Digest") {
			return reused
		}
		s.selections[key] = one
	}
	answer := persistclient.Selection{Total: one.total, Contracts: []contract.Contract{}}
	for _, id := range one.ids {
		answer.Contracts = append(answer.Contracts, s.Contracts[id].Contract)
	}
	return answer
}

// choose takes those that have waited longest. What stops a contract cannot be set aside.
func (s *Store) choose(who caller, cause string, action lifecycle.Action) (one chosen) {
	since := map[contract.ID]time.Time{}
	for id, v := range s.Contracts {
		for _, t := range lifecycle.Open(v.Contract) {
			if looksAfter(who, v) && t.Cause == cause && (action == lifecycle.Retry || !t.Stops) {
				since[id] = t.Since
			}
		}
	}
	for id := range since {
		one.ids = append(one.ids, id)
	}
	slices.SortFunc(one.ids, func(a, b contract.ID) int { return cmp.Or(since[a].Compare(since[b]), cmp.Compare(a, b)) })
	one.total = len(one.ids)
	one.ids = one.ids[:min(len(one.ids), s.Most)]
	return one
}

func (s *Store) replay(_ caller, r *http.Request) any {
	for _, l := range s.deadLetters {
		if l.ID == r.PathValue("id") {
			l.ReplayedAt = s.now().UTC()
			return nil
		}
	}
	return notFound
}
