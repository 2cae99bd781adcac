// Package pages serves the signing pages at /signatures/: the document, the code by SMS, the consent, the signature.
package pages

import (
	"crypto/subtle"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pades"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/store"
)

//go:embed assets
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "assets/page.html"))

// formLimit bounds the body of a form.
const formLimit = 16 << 10

// Pages are what a signer sees: the document, the code, the consent.
type Pages struct {
	Authority *pades.Authority
	SMS       func(number, text, code string)
	Now       func() time.Time
	Log       *slog.Logger

	store *store.Store
	rules *model.Lifecycle
}

func New(p Pages, s *store.Store, r *model.Lifecycle) *Pages {
	p.store, p.rules = s, r
	return &p
}

// Handler serves the pages at /signatures/.
func (s *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, file := range []string{"style.css", "icon.svg"} {
		mux.HandleFunc("GET /signatures/"+file, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=3600")
			http.ServeFileFS(w, r, pageFiles, "assets/"+file)
		})
	}
	mux.HandleFunc("GET /signatures/{signer}", s.showPage)
	mux.HandleFunc("GET /signatures/{signer}/documents/{document}", s.showDocument)
	mux.HandleFunc("POST /signatures/{signer}/otp", s.postCode)
	mux.HandleFunc("POST /signatures/{signer}/sign", s.postSign)
	mux.HandleFunc("POST /signatures/{signer}/decline", s.postDecline)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer") // the address is the capability
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		mux.ServeHTTP(w, r)
	})
}

// Why a page is not shown, or an action refused.
var (
	errNoPage   = errors.New("page not found")
	errDeadLink = errors.New("the link has expired")
	errNotOpen  = errors.New("nothing is left to sign")
	errConsent  = errors.New("the consent is missing")
)

// findSigner finds the signer of a page by the secret of the link.
func (s *Pages) findSigner(r *http.Request) (*model.Request, *model.Signer, error) {
	q, err := s.store.FindBySigner(r.PathValue("signer"))
	if err != nil {
		return nil, nil, errNoPage
	}
	g := q.Signer(r.PathValue("signer"))
	given := r.URL.Query().Get("s")
	if g == nil || g.Link.Secret == "" || subtle.ConstantTimeCompare([]byte(given), []byte(g.Link.Secret)) != 1 {
		return nil, nil, errNoPage
	}
	if !s.Now().Before(g.Link.Expires) {
		return nil, nil, errDeadLink
	}
	return q, g, nil
}

// mayAct returns why the signer can do nothing any more, or nil.
func mayAct(q *model.Request, g *model.Signer) error {
	if q.Status != model.StateOngoing || (g.Status != model.SignerNotified && g.Status != model.SignerProcessing) {
		return errNotOpen
	}
	return nil
}

// showPage emits signer.link_opened the first time.
func (s *Pages) showPage(w http.ResponseWriter, r *http.Request) {
	q, g, err := s.findSigner(r)
	if err != nil {
		s.render(w, r, nil, nil, err)
		return
	}
	if mayAct(q, g) == nil && !g.Link.Opened {
		err = s.store.Change(q.ID, func(fresh *model.Request) error {
			g := fresh.Signer(g.ID)
			g.Link.Opened = true
			s.rules.Emit(fresh, "signer.link_opened", g)
			return nil
		})
	}
	s.render(w, r, q, g, err)
}

// showDocument serves the newest file, for the same secret. The page may frame it.
func (s *Pages) showDocument(w http.ResponseWriter, r *http.Request) {
	q, _, err := s.findSigner(r)
	if err != nil {
		s.render(w, r, nil, nil, err)
		return
	}
	d := q.Document(r.PathValue("document"))
	if d == nil {
		s.render(w, r, nil, nil, errNoPage)
		return
	}
	content, err := os.ReadFile(s.store.File(q.ID, d, d.Revision))
	if err != nil {
		s.render(w, r, nil, nil, err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", "inline")
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'self'")
	_, _ = w.Write(content) // the reader may be gone
}

// postCode sends the SMS after the new code is stored: a code that arrives must be valid.
func (s *Pages) postCode(w http.ResponseWriter, r *http.Request) {
	var sent model.Code
	s.handleForm(w, r, "", func(_ *model.Request, g *model.Signer) error {
		if g.Mode != model.ModeSMS {
			return errNotOpen
		}
		send, err := g.Code.Request(s.Now())
		if err != nil {
			return err
		}
		g.Status = model.SignerProcessing
		if send {
			sent = g.Code
		}
		return nil
	}, func(g *model.Signer) {
		if sent.Digits != "" {
			s.SMS(*g.Info.PhoneNumber, strings.ReplaceAll(messages(g.Info.Locale)["sms"], "{code}", sent.Digits), sent.Digits)
		}
	})
}

// postSign checks the consent first: a form without it must not count as an attempt at the code.
func (s *Pages) postSign(w http.ResponseWriter, r *http.Request) {
	s.handleForm(w, r, "success", func(q *model.Request, g *model.Signer) error {
		if r.PostFormValue("consent") == "" {
			return errConsent
		}
		if g.Mode == model.ModeSMS {
			if err := g.Code.Check(strings.ReplaceAll(r.PostFormValue("code"), " ", ""), s.Now()); err != nil {
				return err
			}
		}
		return s.sign(q, g, addressOf(r))
	}, nil)
}

// postDecline takes an optional reason, and truncates a long one.
func (s *Pages) postDecline(w http.ResponseWriter, r *http.Request) {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if utf8.RuneCountInString(reason) > 500 {
		reason = string([]rune(reason)[:500])
	}
	s.handleForm(w, r, "decline", func(q *model.Request, g *model.Signer) error {
		if !q.MayDecline {
			return errNotOpen
		}
		return s.rules.Decline(q, g, reason)
	}, nil)
}

// handleForm applies a form and redirects. An error is shown on the page, and what it changed is stored (a wrong code
// counts). after runs once the change is stored.
func (s *Pages) handleForm(w http.ResponseWriter, r *http.Request, to string, change func(*model.Request, *model.Signer) error, after func(*model.Signer)) {
	q, g, err := s.findSigner(r)
	if err != nil {
		s.render(w, r, nil, nil, err)
		return
	}
	var output error
	err = s.store.Change(q.ID, func(fresh *model.Request) error {
		q, g = fresh, fresh.Signer(g.ID)
		if output = mayAct(q, g); output == nil {
			output = change(q, g)
		}
		return nil
	})
	if err = errors.Join(err, output); err != nil {
		s.render(w, r, q, g, err)
		return
	}
	if after != nil {
		after(g)
	}
	w.Header().Set("Location", s.redirectTarget(q, g, to))
	w.WriteHeader(http.StatusSeeOther)
}

// redirectTarget is where the browser goes next: the redirect URL of the request, or the page itself.
func (s *Pages) redirectTarget(q *model.Request, g *model.Signer, to string) string {
	target := map[string]*string{"success": g.Redirect.Success, "decline": g.Redirect.Decline}[to]
	if g.Status == model.SignerError {
		target = g.Redirect.Error
	}
	if target == nil {
		return "/signatures/" + g.ID + "?s=" + g.Link.Secret
	}
	u, err := url.Parse(*target)
	if err != nil {
		return *target
	}
	query := u.Query()
	query.Set("signature_request_id", q.ID)
	query.Set("signer_id", g.ID)
	if q.ExternalID != nil {
		query.Set("external_id", *q.ExternalID)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
