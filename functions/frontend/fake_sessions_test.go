package frontend

import (
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
	f.mux.HandleFunc("POST /v1/session", f.logIn)
	f.mux.HandleFunc("POST /v1/session/refresh", f.renew)
	f.mux.HandleFunc("DELETE /v1/session", f.logOut)
}

// sameOrigin refuses what another site makes a browser send.
func sameOrigin(r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		refuse(http.StatusForbidden, "Sessions are opened and ended on our own pages only.")
	}
}

func (f *fake) logIn(w http.ResponseWriter, r *http.Request) {
	sameOrigin(r)
	var given struct{ Email, Password, Link string }
	strict(r, &given, false)
	if given.Link != "" {
		f.openLink(w, given.Link)
		return
	}
	if given.Email == "" || given.Password == "" {
		wrongFields(wrongField("email", "give either email and password, or link"))
	}
	for _, u := range f.users {
		if u.Email == given.Email && given.Password == fakePassword {
			f.welcome(w, u, f.newRefresh(u))
			return
		}
	}
	if given.Password == fakeTooOften {
		w.Header().Set("Retry-After", "128")
		refuse(http.StatusTooManyRequests, "There were too many attempts.")
	}
	refuse(http.StatusUnauthorized, "Address and password do not belong together.")
}

// logOut ends the session of the cookie, with an access token only if it is the same person's.
func (f *fake) logOut(w http.ResponseWriter, r *http.Request) {
	sameOrigin(r)
	who := f.caller(r)
	if who == nil && r.Header.Get("Authorization") != "" {
		refuse(http.StatusUnauthorized, "The access token is not accepted.")
	}
	if cookie, err := r.Cookie(fakeCookie); err == nil && f.refresh[cookie.Value] != nil {
		if who != nil && who.ID != f.refresh[cookie.Value].user.ID {
			refuse(http.StatusConflict, "Another account is logged in in this browser.")
		}
		delete(f.refresh, cookie.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: fakeCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.WriteHeader(http.StatusNoContent)
}

func (f *fake) newRefresh(u *fakePerson) string {
	name := fmt.Sprintf("%s-%d", u.ID, len(f.refresh))
	f.refresh[name] = &fakeRefresh{user: u}
	return name
}

func (f *fake) renew(w http.ResponseWriter, r *http.Request) {
	f.renewals++
	sameOrigin(r)
	cookie, err := r.Cookie(fakeCookie)
	if err != nil || f.refresh[cookie.Value] == nil || f.refresh[cookie.Value].over {
		refuse(http.StatusUnauthorized, "There is no session to go on with.")
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
	http.SetCookie(w, &http.Cookie{Name: fakeCookie, Value: refresh, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	function.WriteJSON(w, http.StatusOK, map[string]any{"access_token": f.token(u.ID), "token_type": "Bearer", "expires_in": 600, "person": u})
}

func (f *fake) openLink(w http.ResponseWriter, secret string) {
	for _, c := range f.contracts {
		for _, s := range c.Signers {
			if secret == "link-"+c.ID+"-"+s.ID {
				person := fakePerson{ID: s.ID, Name: s.FirstName + " " + s.LastName, Email: s.Email, Role: "signer", Locale: s.Locale, Contract: c.ID, Verified: true}
				function.WriteJSON(w, http.StatusOK, map[string]any{"access_token": f.token(secret), "token_type": "Bearer", "expires_in": 600, "person": person})
				return
			}
		}
	}
	refuse(http.StatusUnauthorized, "This link has ended or never was one.")
}
