package fakepersist

import (
	"net/http"
	"slices"
	"strings"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// chosen is a selection that is kept under its key.
type chosen struct {
	total int
	ids   []contract.ID
}

// looksAfter reports whether somebody is to see what is wrong with a contract.
func looksAfter(who caller, v *persistclient.View) bool {
	return who.Role == auth.Administrator || v.Owner == who.Subject
}

func (l *Store) attentionQuestions(ask asking) {
	ask("GET /attention", func(who caller, _ *http.Request) (any, int) {
		byCause := map[string]persistclient.Cause{}
		for _, v := range l.Contracts {
			for _, t := range lifecycle.Open(v.Contract) {
				if looksAfter(who, v) {
					c := byCause[t.Cause]
					c.Cause, c.Ours, c.Contracts = t.Cause, t.Ours, c.Contracts+1
					byCause[t.Cause] = c
				}
			}
		}
		list := []persistclient.Cause{}
		for _, c := range byCause {
			list = append(list, c)
		}
		slices.SortFunc(list, func(a, b persistclient.Cause) int { return strings.Compare(a.Cause, b.Cause) })
		return list, http.StatusOK
	})
	ask("POST /attention/{cause}/{action}/selection", func(who caller, r *http.Request) (any, int) {
		key := who.Subject + " " + r.Header.Get("Idempotency-Key")
		one, there := l.selections[key]
		if !there {
			one = l.choose(who, r.PathValue("cause"))
		}
		if l.selections == nil {
			l.selections = map[string]chosen{}
		}
		if r.Header.Get("Idempotency-Key") != "" {
			l.selections[key] = one
		}
		s := persistclient.Selection{Total: one.total, Contracts: []contract.Contract{}}
		for _, id := range one.ids {
			s.Contracts = append(s.Contracts, l.Contracts[id].Contract)
		}
		return s, http.StatusOK
	})
}

func (l *Store) choose(who caller, cause string) (one chosen) {
	for id, v := range l.Contracts {
		if looksAfter(who, v) && slices.ContainsFunc(lifecycle.Open(v.Contract), func(t contract.Trouble) bool { return t.Cause == cause }) {
			one.ids = append(one.ids, id)
		}
	}
	slices.Sort(one.ids)
	one.total = len(one.ids)
	one.ids = one.ids[:min(len(one.ids), l.Most)]
	return one
}
