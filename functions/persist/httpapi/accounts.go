package httpapi

import (
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// userByEmail is for whoever is about to try a password.
func (h *handlers) userByEmail(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Email  string `json:"email"`
		Source string `json:"source"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.source(in.Source)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	u, err := h.Accounts.UserByEmail(r.Context(), caller, in.Email, in.Source)
	return ok(u), err
}

func (h *handlers) readUser(r *http.Request, caller access.Caller) (answer, error) {
	u, err := h.Accounts.User(r.Context(), caller, r.PathValue("id"))
	return ok(u), err
}

func (h *handlers) listUsers(r *http.Request, caller access.Caller) (answer, error) {
	list, err := h.Accounts.Users(r.Context(), caller)
	return ok(list), err
}

func (h *handlers) addUser(r *http.Request, caller access.Caller) (answer, error) {
	u, err := decode[persistclient.User](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkUser(u); err != nil {
		return answer{}, err
	}
	u, err = h.Accounts.AddUser(r.Context(), caller, u)
	return created(u), err
}

// checkUser says what is wrong with an account that is to be made.
func checkUser(u persistclient.User) error {
	var f fieldErrors
	f.rule("email", fields.ValidateEmail(u.Email))
	f.rule("name", fields.ValidateAccountName(u.Name))
	f.form("locale", u.Locale, languageForm)
	f.passwordHash("password_hash", u.PasswordHash)
	f.role(u.Role)
	return f.err()
}

// checkIdentity says what is wrong with what an issuer says of somebody.
func checkIdentity(who persistclient.Identity) error {
	var f fieldErrors
	f.length("issuer", who.Issuer, 1, 500)
	f.length("subject", who.Subject, 1, 255)
	f.length("name", who.Name, 1, 200)
	f.form("locale", who.Locale, languageForm)
	if who.Email != "" {
		f.rule("email", fields.ValidateEmail(who.Email))
	}
	f.role(who.Role)
	return f.err()
}

// replaceHash puts a new hash of the same password in place of the one that was checked.
func (h *handlers) replaceHash(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Was string `json:"was"`
		Now string `json:"now"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.passwordHash("now", in.Now)
	f.text("now", in.Now)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, h.Accounts.ReplaceHash(r.Context(), caller, r.PathValue("id"), in.Was, in.Now)
}

// proveAddress proves the address of the asker's own account.
func (h *handlers) proveAddress(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Link         string `json:"link"`
		PasswordHash string `json:"password_hash"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	f.form("link", in.Link, digestForm)
	f.passwordHash("password_hash", in.PasswordHash)
	f.text("password_hash", in.PasswordHash)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	if r.PathValue("id") != caller.Subject {
		return answer{}, problem.NotFound
	}
	u, err := h.Accounts.ProveAddress(r.Context(), caller, in.Link, in.PasswordHash)
	return ok(u), err
}

func (h *handlers) identify(r *http.Request, caller access.Caller) (answer, error) {
	who, err := decode[persistclient.Identity](r)
	if err != nil {
		return answer{}, err
	}
	if err := checkIdentity(who); err != nil {
		return answer{}, err
	}
	u, err := h.Accounts.Identify(r.Context(), caller, who)
	return ok(u), err
}
