package fakepersist

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var (
	everyone = []auth.Role{auth.Customer, auth.Manager, auth.Administrator, auth.SignerByLink}
	accounts = []auth.Role{auth.Customer, auth.Manager, auth.Administrator}
	staff    = []auth.Role{auth.Manager, auth.Administrator}
	admins   = []auth.Role{auth.Administrator}

	orchestrate = []string{"orchestrate"}
)

func (s *Store) aboutContracts() []question {
	return []question{
		{"POST /contracts", staff, nil, s.create},
		{"GET /contracts", accounts, nil, s.list},
		{"GET /contracts/{id}", everyone, []string{"orchestrate", "generate-doc"}, func(who caller, r *http.Request) any { return s.shown(who, s.contract(who, r), false) }},
		{"POST /contracts/{id}/actions", staff, nil, s.perform},
		{"GET /contracts/{id}/history", everyone, nil, s.history},
		{"GET /contracts/{id}/files/{sha}", everyone, []string{"orchestrate", "send-mail"}, s.file},
	}
}

// contract is the one that is asked about. One that the caller does not see is not there.
func (s *Store) contract(who caller, r *http.Request) *persistclient.View {
	v := s.Contracts[contract.ID(r.PathValue("id"))]
	if v == nil || !s.sees(who, v) {
		panic(notFound)
	}
	return v
}

func (s *Store) create(who caller, r *http.Request) any {
	d := read[persistclient.Draft](r)
	checkDraft(d)
	return s.once(who, r, func() any {
		u := s.Users[who.Subject]
		if s.Contracts[d.ID] != nil {
			return conflict
		}
		var f fieldErrors
		f.check("owner", u.Email != "")
		f.end()
		v := &persistclient.View{Contract: contract.Contract{
			ID: d.ID, Version: 1, Status: contract.Draft, Template: d.Template, Language: d.Language, Owner: who.Subject,
			Ordered: d.Ordered, Deadline: d.Deadline, UpdatedAt: s.now().UTC(),
		}, Title: d.Title, Data: d.Data, People: d.People, OwnerName: u.Name, OwnerEmail: u.Email, OwnerLocale: u.Locale, CreatedAt: s.now().UTC()}
		for _, p := range d.People {
			v.Signers = append(v.Signers, contract.Signer{ID: p.ID, State: contract.Waiting})
		}
		s.Contracts[d.ID] = v
		s.Writes++
		s.enter(d.ID, "person:"+who.Subject, "contract.drafted")
		return s.shown(who, v, false)
	}, true)
}

type keptAnswer struct {
	digest string
	view   persistclient.View
}

// once keeps the answer to a request with an idempotency key.
func (s *Store) once(who caller, r *http.Request, do func() any, creates bool) any {
	key, digest := who.Subject+" "+r.Header.Get("Idempotency-Key"), r.Header.Get("Idempotency-Digest")
	answer := any(nil)
	if hasKey(r) {
		if kept, there := s.kept[key]; there {
			if kept.digest != digest {
				return reused
			}
			answer = kept.view
		}
	}
	if answer == nil {
		answer = do()
	}
	v, is := answer.(persistclient.View)
	if is && hasKey(r) {
		s.kept[key] = keptAnswer{digest, v}
	}
	if is && creates {
		return made{v}
	}
	return answer
}

// hasKey reports whether a request may be repeated.
func hasKey(r *http.Request) bool {
	key := r.Header.Get("Idempotency-Key")
	var f fieldErrors
	f.check("Idempotency-Digest", key == "" || r.Header.Get("Idempotency-Digest") != "")
	f.end()
	return key != ""
}

// list answers a page, newest first.
func (s *Store) list(who caller, r *http.Request) any {
	v := r.URL.Query()
	limit, errLimit := strconv.Atoi(v.Get("limit"))
	cursor, errCursor := base64.RawURLEncoding.DecodeString(v.Get("cursor"))
	at, last, _ := strings.Cut(string(cursor), " ")
	before, errTime := time.Parse(time.RFC3339Nano, at)
	var f fieldErrors
	f.check("status", v.Get("status") == "" || slices.Contains(contract.Statuses, contract.Status(v.Get("status"))))
	f.check("limit", v.Get("limit") == "" || errLimit == nil && limit >= 1 && limit <= 100)
	f.check("cursor", v.Get("cursor") == "" || errCursor == nil && errTime == nil)
	f.end()
	if limit == 0 {
		limit = 20
	}
	var found []*persistclient.View
	for _, one := range s.Contracts {
		if s.sees(who, one) && s.chosen(who, one, r) && (last == "" || newer(before, last, one) < 0) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b *persistclient.View) int { return newer(a.CreatedAt, string(a.ID), b) })
	page := persistclient.Page{Items: []persistclient.View{}}
	for _, one := range found[:min(limit, len(found))] {
		page.Items = append(page.Items, s.shown(who, one, true))
	}
	if len(found) > limit {
		end := found[limit-1]
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(end.CreatedAt.Format(time.RFC3339Nano) + " " + string(end.ID)))
	}
	return page
}

// newer compares a contract with a place in the list: below 0 if it comes behind.
func newer(at time.Time, id string, v *persistclient.View) int {
	if c := v.CreatedAt.Compare(at); c != 0 {
		return c
	}
	return strings.Compare(string(v.ID), id)
}

// chosen reports whether a contract is among those that a list is asked for.
func (s *Store) chosen(who caller, v *persistclient.View, r *http.Request) bool {
	q := r.URL.Query()
	like := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(q.Get("q"))) }
	named := like(v.Title)
	for _, p := range v.People {
		named = named || like(p.FirstName+" "+p.LastName)
	}
	open := lifecycle.Open(v.Contract)
	attention := q.Get("attention") != "true" || len(open) > 0
	cause := q.Get("cause") == "" || slices.ContainsFunc(open, func(t contract.Trouble) bool { return t.Cause == q.Get("cause") })
	looksAfter := q.Get("attention") != "true" && q.Get("cause") == "" || looksAfter(who, v)
	return named && attention && cause && looksAfter && (q.Get("status") == "" || q.Get("status") == string(v.Status))
}

// enter adds to a contract's history.
func (s *Store) enter(id contract.ID, actor, what string) {
	h := s.histories[id]
	e := persistclient.Entry{Seq: int64(len(h) + 1), At: s.now().UTC(), Actor: actor, What: what, PreviousHash: digestOf([]byte(id))}
	if len(h) > 0 {
		e.PreviousHash = h[len(h)-1].Hash
	}
	e.Hash = digestOf(fmt.Appendf(nil, "%s %d %s %s", e.PreviousHash, e.Seq, e.Actor, e.What))
	s.histories[id] = append(h, e)
}

// history is shown whole to whoever is shown everything; to a signer without the chain.
func (s *Store) history(who caller, r *http.Request) any {
	v := s.contract(who, r)
	entries := append([]persistclient.Entry{}, s.histories[v.ID]...)
	if !portionOf(who, s.relation(who, v), false).contacts {
		for i := range entries {
			entries[i].PreviousHash, entries[i].Hash = "", ""
		}
	}
	return entries
}

// file answers a document of this contract.
func (s *Store) file(who caller, r *http.Request) any {
	v := s.contract(who, r)
	for _, d := range []*contract.Document{v.Document, v.SignedCopy, v.Proof} {
		if file, kept := s.Files[r.PathValue("sha")]; kept && d != nil && d.SHA256 == r.PathValue("sha") {
			return file
		}
	}
	return notFound
}
