package frontend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/function"
)

// fake is an orchestrate in memory: the client API with behaviour, for tests in a browser and for looking at pages.
// A contract that the system works on moves one step each time that somebody asks for it, so no test waits for a
// clock. The secret of a signer's link is "link-<contract>-<signer>".
type fake struct {
	mu        sync.Mutex
	mux       *http.ServeMux
	now       func() time.Time
	pages     string // where the pages are, to come back to after signing
	own       string // where this fake is, for its signing page
	contracts []*fakeContract
	users     []*fakePerson
	letters   []map[string]any
	answered  map[string]*fakeContract // by Idempotency-Key
	refresh   map[string]*fakeRefresh  // by token
	renewals  int                      // so many were asked for
	lose      int                      // so many renewals happen, and their answers get lost
	age       int                      // of access tokens: those of an age before are not accepted
	creations int
	orders    []string // what was asked for, and as whom
}

type fakePerson struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Locale   string `json:"locale,omitempty"`
	Contract string `json:"contract,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	Verified bool   `json:"email_verified"`
}

const fakePassword = "correct horse battery"

// startFake serves a fake with what newFake has in it.
func startFake(t *testing.T) *fake {
	f := newFake()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.own = server.URL
	return f
}

func newFake() *fake {
	f := &fake{mux: http.NewServeMux(), now: time.Now, answered: map[string]*fakeContract{}, refresh: map[string]*fakeRefresh{}}
	f.users = []*fakePerson{
		{ID: "u-claire", Name: "Claire Morel", Email: "claire@example.org", Role: "manager", Locale: "fr", Verified: true},
		{ID: "u-ada", Name: "Ada Keeper", Email: "ada@example.org", Role: "administrator", Locale: "en"},
		{ID: "u-paul", Name: "Paul Client", Email: "paul@example.org", Role: "customer", Locale: "fr"},
	}
	f.seed()
	f.sessions()
	f.administration()
	f.contractRoutes()
	f.attentionRoutes()
	f.signingPage()
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mux.ServeHTTP(w, r)
}

func (f *fake) token(of string) string { return fmt.Sprintf("%s@%d", of, f.age) }

// growOld makes every access token that was given out worthless.
func (f *fake) growOld() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.age++
}

// caller is who the request's token speaks for, or nil.
func (f *fake) caller(r *http.Request) *fakePerson {
	token, current := strings.CutSuffix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), fmt.Sprintf("@%d", f.age))
	if !current {
		return nil
	}
	for _, u := range f.users {
		if u.ID == token {
			return u
		}
	}
	if parts := strings.SplitN(token, "-", 3); len(parts) == 3 && parts[0] == "link" {
		return &fakePerson{ID: parts[2], Role: "signer", Contract: parts[1]}
	}
	return nil
}

// handle adds a call that needs a token.
func (f *fake) handle(pattern string, answer func(w http.ResponseWriter, r *http.Request, who *fakePerson)) {
	f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		who := f.caller(r)
		if who == nil {
			refuse(w, http.StatusUnauthorized, "The access token is not accepted.")
			return
		}
		if r.Method != http.MethodGet {
			f.orders = append(f.orders, who.ID+" "+r.Method+" "+r.URL.Path)
		}
		answer(w, r, who)
	})
}

func (f *fake) administration() {
	f.handle("POST /v1/me/address", func(w http.ResponseWriter, r *http.Request, who *fakePerson) {
		var given struct{ Link, Password string }
		_ = json.NewDecoder(r.Body).Decode(&given)
		if given.Link != "link-website-s1" {
			refuse(w, http.StatusUnprocessableEntity, "Some fields cannot be taken as they are.", function.FieldError{Field: "link", Reason: "was not mailed to the address of this account, or has ended"})
			return
		}
		who.Verified = true
		f.welcome(w, who, f.newRefresh(who))
	})
	f.handle("GET /v1/users", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": f.users})
	})
	f.handle("POST /v1/users", func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
		var u fakePerson
		_ = json.NewDecoder(r.Body).Decode(&u)
		u.ID = fmt.Sprintf("u-%d", len(f.users))
		f.users = append(f.users, &u)
		function.WriteJSON(w, http.StatusCreated, u)
	})
	f.handle("GET /v1/dead-letters", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": f.letters})
	})
	f.handle("POST /v1/dead-letters/{id}/replay", func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
		for _, l := range f.letters {
			if l["id"] == r.PathValue("id") {
				l["replayed_at"] = f.now()
			}
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

func refuse(w http.ResponseWriter, status int, detail string, fields ...function.FieldError) {
	function.WriteProblem(w, function.Problem{Status: status, Detail: detail, Fields: fields})
}
