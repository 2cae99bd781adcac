// Package fakeyousign is a fake of the signature service for one machine: it speaks the Yousign Public API v3 under /v3, shows
// its own signing pages under /signatures/, signs PDF files for real and sends webhooks, and it misbehaves on
// request. It shares no code with the callers of the API: a mistake made in both would never be found.
//
// # How a program signs
//
// It does what the page does, with forms and without a browser. LINK is a signer's signature_link, PAGE the same
// without its query, QUERY its query:
//
//	GET  LINK                                     200, the page (and the event signer.link_opened)
//	POST PAGE/otp?QUERY                           303 to LINK; an SMS with a code of 6 digits goes out
//	POST PAGE/sign?QUERY     code=123456&consent=yes  303 to the signer's success address, or to LINK if there is none
//	POST PAGE/decline?QUERY  reason=...           303 to the decline address, or to LINK
//
// A wrong code answers 422, a used-up one 429, a dead link 410: each with the page that says so. A program should not
// follow the last redirect. No cookies, no scripts, no hidden fields.
//
// # Where it is stricter or kinder than the real service
//
// Only PDF files, no approvers, no templates, no notifications of its own (delivery_mode email sends nothing), codes only by
// SMS. A signature field's upper left corner is the anchor's. Error types that the real one does not document begin
// with "standin.".
package fakeyousign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/api"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/model"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pades"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/pages"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/store"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/webhooks"
)

// Options is everything that the fake is made from.
type Options struct {
	Dir           string       // where its state is kept: one folder for each request, and the signing authority
	PublicURL     string       // its own address, for links
	APIKey        string       // what callers must bear
	WebhookURL    string       // where events go; empty: nowhere
	WebhookSecret string       // the key of their HMAC, as its bytes stand
	Sandbox       bool         // what webhooks say of themselves
	Quota         faults.Quota // zero: generous
	SMS           func(number, text, code string)
	Now           func() time.Time
	Log           *slog.Logger
	RetryScale    float64 // what the waits between webhook attempts are multiplied by: 1 is the real ladder; 0 means 1
}

// Service is the fake. It is safe for use by many at once.
type Service struct {
	faults *faults.Injector
	store  *store.Store
	api    *api.API
	pages  *pages.Pages
	sender *webhooks.Sender
}

// Open reads what was kept in Options.Dir, or begins there.
func Open(o Options) (*Service, error) {
	if o.APIKey == "" || o.Dir == "" || o.SMS == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("fakeyousign: Dir, APIKey, SMS, Now and Log are required")
	}
	if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" {
		return nil, errors.New("fakeyousign: PublicURL must be an absolute URL, for example http://localhost:8083")
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.RetryScale == 0 {
		o.RetryScale = 1
	}
	authority, err := pades.OpenAuthority(filepath.Join(o.Dir, "authority"), o.Now())
	if err != nil {
		return nil, err
	}
	injector := faults.New(o.Now)
	emitter := &webhooks.Emitter{URL: o.WebhookURL, PublicURL: o.PublicURL, Sandbox: o.Sandbox, Now: o.Now}
	lifecycle := &model.Lifecycle{Now: o.Now, Emit: emitter.Emit}
	requests, err := store.Open(filepath.Join(o.Dir, "requests"), lifecycle, injector)
	if err != nil {
		return nil, err
	}
	return &Service{
		faults: injector, store: requests,
		api:    api.New(api.API{Key: o.APIKey, PublicURL: o.PublicURL, Now: o.Now, Log: o.Log}, o.Quota, requests, lifecycle, injector),
		pages:  pages.New(pages.Pages{Authority: authority, SMS: o.SMS, Now: o.Now, Log: o.Log}, requests, lifecycle),
		sender: webhooks.NewSender(&webhooks.Sender{URL: o.WebhookURL, Secret: o.WebhookSecret, RetryScale: o.RetryScale, Now: o.Now, Log: o.Log}, requests, injector),
	}, nil
}

// Run delivers webhooks and lets requests expire until ctx ends.
func (s *Service) Run(ctx context.Context) error { return s.sender.Run(ctx) }

// Faults sets its faults; at first it has none.
func (s *Service) Faults() *faults.Injector { return s.faults }

// Handler serves the API, the signing pages and the admin API.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v3/", s.api.Handler())
	mux.Handle("/signatures/", s.pages.Handler())
	mux.Handle("/admin/", s.api.Admin())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "The local signature service. API: /v3 · signing pages: /signatures · faults: /admin/faults")
	})
	return mux
}

// Held is a request of the service, whichever key created it.
type Held struct{ ID, Status, ExternalID string }

// Holds lists every request, regardless of faults.
func (s *Service) Holds() ([]Held, error) {
	all, err := s.store.NewestFirst()
	if err != nil {
		return nil, err
	}
	held := make([]Held, len(all))
	for i, r := range all {
		held[i] = Held{ID: r.ID, Status: r.Status}
		if r.ExternalID != nil {
			held[i].ExternalID = *r.ExternalID
		}
	}
	return held, nil
}
