package frontend

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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
	mu          sync.Mutex
	mux         *http.ServeMux
	now         func() time.Time
	pages       string // where the pages are, to come back to after signing
	own         string // where this fake is, for its signing page
	contracts   []*fakeContract
	users       []*fakePerson
	deadLetters []map[string]any
	answered    map[string]keptAnswer   // by person and Idempotency-Key
	refresh     map[string]*fakeRefresh // by token
	renewals    int                     // so many were asked for
	lose        int                     // so many renewals happen, and their answers get lost
	age         int                     // of access tokens: those of an age before are not accepted
	creations   int
	orders      []string // what was asked for, and as whom
}

type fakePerson struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Locale   string `json:"locale"`
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
	f := &fake{mux: http.NewServeMux(), now: time.Now, answered: map[string]keptAnswer{}, refresh: map[string]*fakeRefresh{}}
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

func (f *fake) administration() {
	f.handle("POST /v1/me/address", fakeAccounts, func(w http.ResponseWriter, r *http.Request, who *fakePerson) {
		var given struct{ Link, Password string }
		strict(r, &given, false)
		if given.Link != "link-website-s1" {
			wrongFields(wrongField("link", "was not mailed to the address of this account, or has ended"))
		}
		who.Verified = true
		f.welcome(w, who, f.newRefresh(who))
	})
	f.handle("GET /v1/users", "administrator", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": f.users})
	})
	f.handle("POST /v1/users", "administrator", f.addUser)
	f.handle("GET /v1/dead-letters", "administrator", func(w http.ResponseWriter, _ *http.Request, _ *fakePerson) {
		function.WriteJSON(w, http.StatusOK, map[string]any{"items": f.deadLetters})
	})
	f.handle("POST /v1/dead-letters/{id}/replay", "administrator", func(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
		for _, l := range f.deadLetters {
			if l["id"] == r.PathValue("id") {
				l["replayed_at"] = f.now()
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		refuse(http.StatusNotFound, "There is no such thing, or it is not yours.")
	})
}

func (f *fake) addUser(w http.ResponseWriter, r *http.Request, _ *fakePerson) {
	var given struct{ Email, Name, Role, Password, Locale string }
	strict(r, &given, false)
	var wrong []function.FieldError
	for field, right := range map[string]bool{
		"email": strings.Contains(given.Email, "@"), "name": given.Name != "", "locale": given.Locale == "fr" || given.Locale == "en",
		"role": slices.Contains(strings.Fields(fakeAccounts), given.Role), "password": len(given.Password) >= 12,
	} {
		if !right {
			wrong = append(wrong, wrongField(field, "cannot be taken"))
		}
	}
	wrongFields(wrong...)
	if slices.ContainsFunc(f.users, func(u *fakePerson) bool { return strings.EqualFold(u.Email, given.Email) }) {
		refuse(http.StatusConflict, "There is an account with this address.")
	}
	u := fakePerson{ID: fmt.Sprintf("u-%d", len(f.users)), Name: given.Name, Email: given.Email, Role: given.Role, Locale: given.Locale}
	f.users = append(f.users, &u)
	function.WriteJSON(w, http.StatusCreated, u)
}

// verify has the address of an account known to be its own.
func (f *fake) verify(email string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.users {
		u.Verified = u.Verified || u.Email == email
	}
}
