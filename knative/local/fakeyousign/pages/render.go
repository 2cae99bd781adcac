package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
)

// pageView is what the template shows.
type pageView struct {
	Lang      string
	Words     map[string]string
	Stage     string // "ask", "code", "plain" (no code needed), or a closed one: "signed", "declined", "closed", "dead", "none"
	Error     string
	Name      string // of the request
	Person    string
	Phone     string // its last two digits
	Documents []documentView
	Base      string // of the forms' addresses
	Secret    string // of the link; the template writes it into the query
	Decline   bool
}

type documentView struct {
	Name  string
	URL   string
	Pages int
}

// Open reports whether there is something to do on the page.
func (v pageView) Open() bool { return v.Stage == "ask" || v.Stage == "code" || v.Stage == "plain" }

// render writes the page of a signer, with the error if there is one.
func (s *Pages) render(w http.ResponseWriter, r *http.Request, q *model.Request, g *model.Signer, wrong error) {
	status, word := statusOf(wrong)
	if status == http.StatusInternalServerError {
		s.Log.Error("signing page failed", "error", wrong.Error())
	}
	v := pageView{Lang: "en", Stage: "none"}
	if errors.Is(wrong, errDeadLink) {
		v.Stage = "dead"
	}
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "fr") {
		v.Lang = "fr"
	}
	if q != nil {
		v = s.view(q, g)
	}
	v.Words = messages(v.Lang)
	if v.Open() {
		v.Error = v.Words[word]
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentSecurityPolicy(g))
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, v) // the reader may be gone
}

// view is the content of a signer's page. It shows two digits of the phone number.
func (s *Pages) view(q *model.Request, g *model.Signer) pageView {
	v := pageView{
		Lang: "en", Name: q.Name, Person: g.Info.Name(), Decline: q.MayDecline, Stage: s.stage(q, g),
		Base: "/signatures/" + g.ID, Secret: g.Link.Secret,
	}
	if g.Info.Locale == "fr" {
		v.Lang = "fr"
	}
	if g.Info.PhoneNumber != nil {
		number := *g.Info.PhoneNumber
		v.Phone = number[max(0, len(number)-2):]
	}
	for _, d := range q.Documents {
		v.Documents = append(v.Documents, documentView{d.Filename, v.Base + "/documents/" + d.ID + "?s=" + v.Secret, d.Pages})
	}
	return v
}

// stage is the state that the page shows: the signer's own first, then the request's.
func (s *Pages) stage(q *model.Request, g *model.Signer) string {
	switch {
	case g.Status == model.SignerSigned:
		return "signed"
	case g.Status == model.SignerDeclined:
		return "declined"
	case mayAct(q, g) != nil:
		return "closed"
	case g.Mode != model.ModeSMS:
		return "plain"
	case g.Code.Open(s.Now()):
		return "code"
	}
	return "ask"
}

// statusOf maps an error to a status and the key of its message.
func statusOf(err error) (status int, word string) {
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.Is(err, errNoPage):
		return http.StatusNotFound, ""
	case errors.Is(err, errDeadLink):
		return http.StatusGone, ""
	case errors.Is(err, errNotOpen):
		return http.StatusConflict, ""
	case errors.Is(err, errConsent):
		return http.StatusUnprocessableEntity, "no consent"
	case errors.Is(err, model.ErrWrongCode):
		return http.StatusUnprocessableEntity, "wrong code"
	case errors.Is(err, model.ErrNoCode):
		return http.StatusUnprocessableEntity, "old code"
	case errors.Is(err, model.ErrCodeUsedUp):
		return http.StatusTooManyRequests, "used up"
	case errors.Is(err, model.ErrTooManyCodes):
		return http.StatusTooManyRequests, "locked"
	}
	return http.StatusInternalServerError, "trouble"
}

// contentSecurityPolicy allows the page its own style and frame only. Browsers apply form-action to redirects of a form
// too, so it includes the redirect URLs of the request.
func contentSecurityPolicy(g *model.Signer) string {
	to := "'self'"
	if g != nil {
		for _, address := range []*string{g.Redirect.Success, g.Redirect.Error, g.Redirect.Decline} {
			if address == nil {
				continue
			}
			if u, err := url.Parse(*address); err == nil {
				to += " " + u.Scheme + "://" + u.Host
			}
		}
	}
	return "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + to
}
