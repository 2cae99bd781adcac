package orchestrate

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

// ledger stands in for persist: it speaks the protocol of persistclient.Client and keeps everything in memory. It believes
// tokens as persist does, shows a contract only to its owner, its signers and functions, and guards writes by version.
type ledger struct {
	sessions auth.Sessions
	keys     auth.PublicKeys
	now      func() time.Time

	mu        sync.Mutex
	away      bool // answers 503 to everything
	closing   bool // closes an account as soon as it was asked for by its address
	contracts map[contract.ID]*persistclient.View
	tokens    map[contract.ID]string
	files     map[string][]byte
	users     map[string]persistclient.User
	refresh   map[string]persistclient.Session
	used      map[string]usedRefresh
	failures  map[string]failed
	links     map[string]persistclient.Link
	kept      map[string]keptAnswer
	wishes    []persistclient.Action
	told      []events.Payload // the facts that were told directly

	leased map[contract.ID]string
	begun  map[contract.ID]bool
	noted  map[contract.ID]string
	quiet  time.Duration // since the last try to open an attempt

	writing    bool // a letter is being written: addresses stay as they are
	selections map[string]chosen
	most       int // contracts that are selected at once
	spare      int // calls of the signature service that may begin; below 0 for any number
	swept      []persistclient.SweptPage
	overtaken  bool // whether another brought the page
	strays     map[string]*persistclient.StrayRequest

	identities []persistclient.Identity
	writes     int
}

type keptAnswer struct {
	digest string
	view   persistclient.View
}

// visitor is who asks: a person, or a function by its name.
type visitor struct {
	auth.Person
	function string
}

func newLedger(sessions auth.Sessions, keys auth.PublicKeys, now func() time.Time) *ledger {
	return &ledger{
		sessions: sessions, keys: keys, now: now,
		contracts: map[contract.ID]*persistclient.View{}, tokens: map[contract.ID]string{}, files: map[string][]byte{},
		users: map[string]persistclient.User{}, refresh: map[string]persistclient.Session{}, used: map[string]usedRefresh{}, failures: map[string]failed{},
		links: map[string]persistclient.Link{}, kept: map[string]keptAnswer{}, quiet: time.Hour, most: persistclient.SelectionLimit,
		leased: map[contract.ID]string{}, begun: map[contract.ID]bool{}, noted: map[contract.ID]string{},
		strays: map[string]*persistclient.StrayRequest{}, spare: -1,
	}
}

func (l *ledger) handler() http.Handler {
	mux := http.NewServeMux()
	ask := func(pattern string, answer func(v visitor, r *http.Request) (any, int)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			l.mu.Lock()
			defer l.mu.Unlock()
			v, known := l.visitor(r)
			switch {
			case l.away:
				function.WriteProblem(w, function.Problem{Status: http.StatusServiceUnavailable})
			case !known:
				about := map[bool]string{true: persistclient.PersonType}[r.Header.Get(persistclient.PersonHeader) != ""]
				function.WriteProblem(w, function.Problem{Type: about, Status: http.StatusUnauthorized})
			default:
				l.write(w, pattern, v, r, answer)
			}
		})
	}
	l.contractQuestions(ask)
	l.peopleQuestions(ask)
	l.attentionQuestions(ask)
	l.sweepQuestions(ask)
	return mux
}

func (l *ledger) write(w http.ResponseWriter, _ string, v visitor, r *http.Request, answer func(visitor, *http.Request) (any, int)) {
	out, status := answer(v, r)
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

func (l *ledger) visitor(r *http.Request) (visitor, bool) {
	token, person := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get(persistclient.PersonHeader)
	name, err := auth.ReadFunction(token, auth.QuestionOf(r, person), l.keys, l.now())
	if err != nil || person == "" {
		return visitor{function: name}, err == nil
	}
	p, err := l.sessions.Read(person, l.now())
	u, there := l.users[p.Subject]
	stands := !there || !u.Disabled && u.Role == p.Role && u.Epoch == p.Epoch
	return visitor{Person: p}, err == nil && name == Manifest.Name && stands
}

func (l *ledger) sees(who visitor, v *persistclient.View) bool {
	if who.function != "" || who.Role == auth.Administrator || v.Owner == who.Subject {
		return true
	}
	if who.Role == auth.SignerByLink {
		return string(v.ID) == who.Contract
	}
	return slices.ContainsFunc(v.People, func(p persistclient.Person) bool { return p.Email == l.users[who.Subject].Email })
}

type asking func(pattern string, answer func(v visitor, r *http.Request) (any, int))

func (l *ledger) contractQuestions(ask asking) {
	ask("POST /contracts", func(who visitor, r *http.Request) (any, int) {
		var d persistclient.Draft
		decode(r, &d)
		return l.once(who, r, func() (any, int) {
			v := &persistclient.View{Contract: contract.Contract{
				ID: d.ID, Version: 1, Status: contract.Draft, Template: d.Template, Language: d.Language, Owner: who.Subject,
				Ordered: d.Ordered, Deadline: d.Deadline,
			}, Title: d.Title, Data: d.Data, People: d.People, OwnerName: l.users[who.Subject].Name, OwnerEmail: l.users[who.Subject].Email}
			for _, p := range d.People {
				v.Signers = append(v.Signers, contract.Signer{ID: p.ID, State: contract.Waiting})
			}
			l.contracts[d.ID] = v
			l.writes++
			return l.shown(who, *v), http.StatusOK
		})
	})
	ask("GET /contracts", func(who visitor, r *http.Request) (any, int) {
		page := persistclient.Page{Items: []persistclient.View{}, Next: "the-next"}
		for _, v := range l.contracts {
			if status := r.URL.Query().Get("status"); l.sees(who, v) && (status == "" || status == string(v.Status)) {
				page.Items = append(page.Items, l.shown(who, *v))
			}
		}
		return page, http.StatusOK
	})
	l.one(ask, "GET /contracts/{id}", func(who visitor, v *persistclient.View, _ *http.Request) (any, int) {
		view := *v
		if who.function == Manifest.Name {
			view.Token = l.tokens[v.ID]
		}
		return l.shown(who, view), http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/wishes", l.grant)
	l.one(ask, "GET /contracts/{id}/history", func(visitor, *persistclient.View, *http.Request) (any, int) {
		return []persistclient.Entry{{Seq: 1, What: "contract.drafted"}}, http.StatusOK
	})
	l.one(ask, "POST /contracts/{id}/facts", l.fact)
	l.attemptQuestions(ask)
	l.one(ask, "GET /contracts/{id}/files/{sha}", func(_ visitor, _ *persistclient.View, r *http.Request) (any, int) {
		file, found := l.files[r.PathValue("sha")]
		if !found {
			return nil, http.StatusNotFound
		}
		return file, http.StatusOK
	})
}

// one asks about a contract that the visitor sees; any other is not there.
func (l *ledger) one(ask asking, pattern string, answer func(visitor, *persistclient.View, *http.Request) (any, int)) {
	ask(pattern, func(who visitor, r *http.Request) (any, int) {
		v := l.contracts[contract.ID(r.PathValue("id"))]
		if v == nil || !l.sees(who, v) {
			return nil, http.StatusNotFound
		}
		return answer(who, v, r)
	})
}

func (l *ledger) grant(who visitor, v *persistclient.View, r *http.Request) (any, int) {
	var w persistclient.Action
	decode(r, &w)
	return l.once(who, r, func() (any, int) {
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
			l.tokens[v.ID] = w.Attempt.Token
		}
		v.Contract = n.After
		if p := v.PersonOf(w.Signer); p != nil {
			if l.writing {
				return function.Problem{Status: http.StatusTooManyRequests, Detail: "A letter is being written."}, 0
			}
			p.Email = w.Email
		}
		l.wishes, l.writes = append(l.wishes, w), l.writes+1
		return l.shown(who, *v), http.StatusOK
	})
}

// once keeps the answer to a request with an idempotency key.
func (l *ledger) once(who visitor, r *http.Request, do func() (any, int)) (any, int) {
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

// change writes to a contract as some other function would.
func (l *ledger) change(t *testing.T, id contract.ID, f func(v *persistclient.View)) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.contracts[id]
	if v == nil {
		t.Fatalf("there is no contract %s", id)
	}
	f(v)
	v.Version++
}

// keep puts a file into the record and returns what it is.
func (l *ledger) keep(file string) *contract.Document {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := sha256.Sum256([]byte(file))
	d := &contract.Document{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(file))}
	l.files[d.SHA256] = []byte(file)
	return d
}
