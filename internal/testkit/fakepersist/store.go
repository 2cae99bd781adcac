// Package fakepersist stands in for persist: it answers the calls of persistclient out of memory. tests/conformance holds
// it against the real one.
package fakepersist

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// Store stands in for persist: it speaks the protocol of record.Client and keeps everything in memory. It believes
// tokens as persist does, shows a contract only to its owner, its signers and functions, and guards writes by version.
type Store struct {
	sessions auth.Sessions
	keys     auth.PublicKeys
	now      func() time.Time

	Mu        sync.Mutex
	Away      bool // answers 503 to everything
	Closing   bool // closes an account as soon as it was asked for by its address
	Contracts map[contract.ID]*persistclient.View
	Tokens    map[contract.ID]string
	Files     map[string][]byte
	Users     map[string]persistclient.User
	Refresh   map[string]persistclient.Session
	used      map[string]usedRefresh
	Failures  map[string]failed
	Links     map[string]persistclient.Link
	kept      map[string]keptAnswer
	Wishes    []persistclient.Action
	Told      []events.Payload // the facts that were told directly

	Leased map[contract.ID]string
	begun  map[contract.ID]bool
	Noted  map[contract.ID]string
	Quiet  time.Duration // since the last try to open an attempt

	Writing    bool // a letter is being written: addresses stay as they are
	selections map[string]chosen
	Most       int // contracts that are selected at once
	Spare      int // calls of the signature service that may begin; below 0 for any number
	Overtakes  int // how many actions come too late, because the contract is written by another first
	Swept      []persistclient.SweptPage
	Overtaken  bool // whether another brought the page
	Strays     map[string]*persistclient.StrayRequest

	Identities []persistclient.Identity
	Writes     int
}

type keptAnswer struct {
	digest string
	view   persistclient.View
}

// caller is who asks: a person, or a function by its name.
type caller struct {
	auth.Person
	function string
}

func New(sessions auth.Sessions, keys auth.PublicKeys, now func() time.Time) *Store {
	return &Store{
		sessions: sessions, keys: keys, now: now,
		Contracts: map[contract.ID]*persistclient.View{}, Tokens: map[contract.ID]string{}, Files: map[string][]byte{},
		Users: map[string]persistclient.User{}, Refresh: map[string]persistclient.Session{}, used: map[string]usedRefresh{}, Failures: map[string]failed{},
		Links: map[string]persistclient.Link{}, kept: map[string]keptAnswer{}, Quiet: time.Hour, Most: persistclient.SelectionLimit,
		Leased: map[contract.ID]string{}, begun: map[contract.ID]bool{}, Noted: map[contract.ID]string{},
		Strays: map[string]*persistclient.StrayRequest{}, Spare: -1,
	}
}

func (l *Store) Handler() http.Handler {
	mux := http.NewServeMux()
	ask := func(pattern string, result func(v caller, r *http.Request) (any, int)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			l.Mu.Lock()
			defer l.Mu.Unlock()
			v, known := l.caller(r)
			switch {
			case l.Away:
				function.WriteProblem(w, function.Problem{Status: http.StatusServiceUnavailable})
			case !known:
				about := map[bool]string{true: persistclient.PersonType}[r.Header.Get(persistclient.PersonHeader) != ""]
				function.WriteProblem(w, function.Problem{Type: about, Status: http.StatusUnauthorized})
			default:
				l.write(w, pattern, v, r, result)
			}
		})
	}
	l.contractQuestions(ask)
	l.peopleQuestions(ask)
	l.attentionQuestions(ask)
	l.sweepQuestions(ask)
	return mux
}

func (l *Store) write(w http.ResponseWriter, _ string, v caller, r *http.Request, result func(caller, *http.Request) (any, int)) {
	out, status := result(v, r)
	if p, refused := out.(function.Problem); refused {
		function.WriteProblem(w, p)
		return
	}
	if wait, waits := out.(time.Duration); waits {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	if status/100 != 2 {
		function.WriteProblem(w, function.Problem{Status: status})
		return
	}
	if file, raw := out.([]byte); raw {
		_, _ = w.Write(file)
		return
	}
	function.WriteJSON(w, status, out)
}

func (l *Store) caller(r *http.Request) (caller, bool) {
	token, person := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get(persistclient.PersonHeader)
	name, err := auth.ReadFunction(token, auth.QuestionOf(r, person), l.keys, l.now())
	if err != nil || person == "" {
		return caller{function: name}, err == nil
	}
	p, err := l.sessions.Read(person, l.now())
	u, there := l.Users[p.Subject]
	stands := !there || !u.Disabled && u.Role == p.Role && u.Epoch == p.Epoch
	return caller{Person: p}, err == nil && name == "orchestrate" && stands
}

func (l *Store) sees(who caller, v *persistclient.View) bool {
	if who.function != "" || who.Role == auth.Administrator || v.Owner == who.Subject {
		return true
	}
	if who.Role == auth.SignerByLink {
		return string(v.ID) == who.Contract
	}
	return slices.ContainsFunc(v.People, func(p persistclient.Person) bool { return p.Email == l.Users[who.Subject].Email })
}

type asking func(pattern string, result func(v caller, r *http.Request) (any, int))

func (l *Store) contractQuestions(ask asking) {
	ask("POST /contracts", func(who caller, r *http.Request) (any, int) {
		var d persistclient.Draft
		decode(r, &d)
		return l.once(who, r, func() (any, int) {
			v := &persistclient.View{Contract: contract.Contract{
				ID: d.ID, Version: 1, Status: contract.Draft, Template: d.Template, Language: d.Language, Owner: who.Subject,
				Ordered: d.Ordered, Deadline: d.Deadline,
			}, Title: d.Title, Data: d.Data, People: d.People, OwnerName: l.Users[who.Subject].Name, OwnerEmail: l.Users[who.Subject].Email}
			for _, p := range d.People {
				v.Signers = append(v.Signers, contract.Signer{ID: p.ID, State: contract.Waiting})
			}
			l.Contracts[d.ID] = v
			l.Writes++
			return l.shown(who, *v), http.StatusOK
		})
	})
	ask("GET /contracts", func(who caller, r *http.Request) (any, int) {
		page := persistclient.Page{Items: []persistclient.View{}, Next: "the-next"}
		for _, v := range l.Contracts {
			if status := r.URL.Query().Get("status"); l.sees(who, v) && (status == "" || status == string(v.Status)) {
				page.Items = append(page.Items, l.shown(who, *v))
			}
		}
		return page, http.StatusOK
	})
	l.one(ask, "GET /contracts/{id}", func(who caller, v *persistclient.View, _ *http.Request) (any, int) {
		view := *v
		if who.function == "orchestrate" {
			view.Token = l.Tokens[v.ID]
		}
		return l.shown(who, view), http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/wishes", l.grant)
	l.one(ask, "GET /contracts/{id}/history", func(caller, *persistclient.View, *http.Request) (any, int) {
		return []persistclient.Entry{{Seq: 1, What: "contract.drafted"}}, http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/facts", l.fact)
	l.attemptQuestions(ask)
	l.one(ask, "GET /contracts/{id}/files/{sha}", func(_ caller, _ *persistclient.View, r *http.Request) (any, int) {
		file, found := l.Files[r.PathValue("sha")]
		if !found {
			return nil, http.StatusNotFound
		}
		return file, http.StatusOK
	})
}

// one asks about a contract that the visitor sees; any other is not there.
func (l *Store) one(ask asking, pattern string, result func(caller, *persistclient.View, *http.Request) (any, int)) {
	ask(pattern, func(who caller, r *http.Request) (any, int) {
		v := l.Contracts[contract.ID(r.PathValue("id"))]
		if v == nil || !l.sees(who, v) {
			return nil, http.StatusNotFound
		}
		return result(who, v, r)
	})
}

func (l *Store) grant(who caller, v *persistclient.View, r *http.Request) (any, int) {
	var w persistclient.Action
	decode(r, &w)
	return l.once(who, r, func() (any, int) {
		if l.Overtakes > 0 { // somebody else writes first
			l.Overtakes--
			v.Version++
		}
		if w.Version != v.Version {
			return nil, http.StatusConflict
		}
		asked := lifecycle.Request{Action: w.Kind, About: w.About, Cause: w.Cause, Signer: w.Signer}
		if w.Attempt != nil {
			asked.Attempt = w.Attempt.Number
		}
		n, err := lifecycle.Perform(v.Contract, asked, lifecycle.Relation{Owner: v.Owner == who.Subject, Administrator: who.Role == auth.Administrator}, l.now())
		if err != nil {
			return function.Problem{Type: persistclient.ImpossibleType, Status: http.StatusConflict, Detail: err.Error()}, 0
		}
		if w.Attempt != nil {
			l.Tokens[v.ID] = w.Attempt.Token
		}
		v.Contract = n.After
		if p := v.PersonOf(w.Signer); p != nil {
			if l.Writing {
				return function.Problem{Status: http.StatusTooManyRequests, Detail: "A letter is being written."}, 0
			}
			p.Email = w.Email
		}
		l.Wishes, l.Writes = append(l.Wishes, w), l.Writes+1
		return l.shown(who, *v), http.StatusOK
	})
}

// IdempotencyKey keeps the answer to a request with an idempotency key.
func (l *Store) once(who caller, r *http.Request, do func() (any, int)) (any, int) {
	key := r.Header.Get("Idempotency-Key")
	if kept, there := l.kept[who.Subject+" "+key]; key != "" && there {
		if kept.digest != r.Header.Get("Idempotency-Digest") {
			return function.Problem{Type: persistclient.ReusedType, Status: http.StatusUnprocessableEntity}, 0
		}
		return kept.view, http.StatusOK
	}
	out, status := do()
	if view, made := out.(persistclient.View); key != "" && made {
		l.kept[who.Subject+" "+key] = keptAnswer{r.Header.Get("Idempotency-Digest"), view}
	}
	return out, status
}

func decode(r *http.Request, into any) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		panic(err) // the question is ours
	}
}

// Change writes to a contract as some other function would.
func (l *Store) Change(t *testing.T, id contract.ID, f func(v *persistclient.View)) {
	t.Helper()
	l.Mu.Lock()
	defer l.Mu.Unlock()
	v := l.Contracts[id]
	if v == nil {
		t.Fatalf("there is no contract %s", id)
	}
	f(v)
	v.Version++
}

// Keep puts a file into the record and returns what it is.
func (l *Store) Keep(file string) *contract.Document {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	sum := sha256.Sum256([]byte(file))
	d := &contract.Document{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(file))}
	l.Files[d.SHA256] = []byte(file)
	return d
}
