package frontend

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/paraphe/paraphe/shared/function"
)

const (
	fakeCookie   = "paraphe-fake"
	fakeTooOften = "too often" // a password that has to wait
)

// fakeRefresh is a refresh token. One that was used gives its successor again until growOlder.
type fakeRefresh struct {
	user      *fakePerson
	successor string
	over      bool
}

func (f *fake) sessions() {
	f.mux.HandleFunc("POST /v1/session", func(w http.ResponseWriter, r *http.Request) {
		var given struct{ Email, Password, Link string }
		_ = json.NewDecoder(r.Body).Decode(&given)
		if given.Link != "" {
			f.openLink(w, given.Link)
			return
		}
		for _, u := range f.users {
			if u.Email == given.Email && given.Password == fakePassword {
				f.welcome(w, u, f.newRefresh(u))
				return
			}
		}
		if given.Password == fakeTooOften {
			w.Header().Set("Retry-After", "128")
			refuse(w, http.StatusTooManyRequests, "There were too many attempts.")
			return
		}
		refuse(w, http.StatusUnauthorized, "Address and password do not belong together.")
	})
	f.mux.HandleFunc("POST /v1/session/refresh", f.renew)
	f.mux.HandleFunc("DELETE /v1/session", func(w http.ResponseWriter, r *http.Request) {
		who := f.caller(r)
		if who == nil {
			refuse(w, http.StatusUnauthorized, "The access token is not accepted.")
			return
		}
		if cookie, err := r.Cookie(fakeCookie); err == nil && f.refresh[cookie.Value] != nil {
			if who.ID != f.refresh[cookie.Value].user.ID {
				refuse(w, http.StatusConflict, "Another account is logged in.")
				return
			}
			delete(f.refresh, cookie.Value)
		}
		http.SetCookie(w, &http.Cookie{Name: fakeCookie, Path: "/", MaxAge: -1})
		w.WriteHeader(http.StatusNoContent)
	})
}

func (f *fake) newRefresh(u *fakePerson) string {
	name := fmt.Sprintf("%s-%d", u.ID, len(f.refresh))
	f.refresh[name] = &fakeRefresh{user: u}
	return name
}

func (f *fake) renew(w http.ResponseWriter, r *http.Request) {
	f.renewals++
	cookie, err := r.Cookie(fakeCookie)
	if err != nil || f.refresh[cookie.Value] == nil || f.refresh[cookie.Value].over {
		refuse(w, http.StatusUnauthorized, "There is no session to go on with.")
		return
	}
	known := f.refresh[cookie.Value]
	if known.successor == "" {
		known.successor = f.newRefresh(known.user)
	}
	if f.lose > 0 {
		f.lose--
		panic(http.ErrAbortHandler) // the connection breaks off
	}
	f.welcome(w, known.user, known.successor)
}

// growOlder lets the time pass in which a used refresh token gives its successor again.
func (f *fake) growOlder() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.refresh {
		r.over = r.successor != ""
	}
}

// loseRenewals makes so many renewals happen without an answer.
func (f *fake) loseRenewals(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lose = n
}

func (f *fake) welcome(w http.ResponseWriter, u *fakePerson, refresh string) {
	http.SetCookie(w, &http.Cookie{Name: fakeCookie, Value: refresh, Path: "/", HttpOnly: true})
	function.WriteJSON(w, http.StatusOK, map[string]any{"access_token": f.token(u.ID), "expires_in": 600, "person": u})
}

func (f *fake) openLink(w http.ResponseWriter, secret string) {
	for _, c := range f.contracts {
		for _, s := range c.Signers {
			if secret == "link-"+c.ID+"-"+s.ID {
				person := fakePerson{ID: s.ID, Name: s.FirstName + " " + s.LastName, Email: s.Email, Role: "signer", Contract: c.ID}
				function.WriteJSON(w, http.StatusOK, map[string]any{"access_token": f.token(secret), "expires_in": 600, "person": person})
				return
			}
		}
	}
	refuse(w, http.StatusUnauthorized, "This link has ended or never was one.")
}
