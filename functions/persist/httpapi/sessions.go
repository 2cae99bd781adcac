package httpapi

import (
	"net/http"

	"github.com/paraphe/paraphe/functions/persist/access"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// startSession keeps the first refresh token of a log-in.
func (h *handlers) startSession(r *http.Request, caller access.Caller) (answer, error) {
	s, err := decode[persistclient.Session](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	h.checkToken(&f, "", s)
	f.length("family", s.Family, 1, 64)
	f.length("user", s.User, 1, 64)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	return answer{}, h.Accounts.StartSession(r.Context(), caller, s)
}

// checkToken checks what is to be kept of a refresh token. User and family of a next one are those of the old one.
func (h *handlers) checkToken(f *fieldErrors, at string, s persistclient.Session) {
	f.form(at+"digest", s.Digest, digestForm)
	f.check(at+"expires_at", s.ExpiresAt.After(h.clock.Now()), "has passed")
}

// renewSession puts the next refresh token in the place of one that was presented.
func (h *handlers) renewSession(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Old    string                `json:"old"`
		Next   persistclient.Session `json:"next"`
		Source string                `json:"source"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	var f fieldErrors
	h.checkToken(&f, "next.", in.Next)
	f.source(in.Source)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	renewed, err := h.Accounts.RenewSession(r.Context(), caller, in.Old, in.Next, in.Source)
	return ok(renewed), err
}

// endSession ends the session of a refresh token.
func (h *handlers) endSession(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Digest string `json:"digest"`
		User   string `json:"user"`
	}](r)
	if err != nil {
		return answer{}, err
	}
	return answer{}, h.Accounts.EndSession(r.Context(), caller, in.Digest, in.User)
}

// openLink finds what a link in a notification opens.
func (h *handlers) openLink(r *http.Request, caller access.Caller) (answer, error) {
	in, err := decode[struct {
		Digest string `json:"digest"`
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
	link, err := h.Accounts.OpenLink(r.Context(), caller, in.Digest, in.Source)
	return ok(link), err
}
