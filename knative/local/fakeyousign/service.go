// Package fakeyousign is a fake of the signature service for one machine: it speaks the Yousign Public API v3 under /v3, shows
// its own signing pages under /signatures/, signs PDF files for real and sends webhooks, and it misbehaves when it is
// told to. It alone knows that protocol from the service's side, and shares no code with those who call it.
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
// Only PDF files, no approvers, no templates, no letters of its own (delivery_mode email sends nothing), codes only by
// SMS. A signature field's upper left corner is the anchor's. Error types that the real one does not document begin
// with "standin.".
package fakeyousign

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/knative/local/fakeyousign/pades"
)

// Options is everything that the signer is made from.
type Options struct {
	Dir           string // where its state is kept: one folder for each request, and the signing authority
	PublicURL     string // its own address, for links
	APIKey        string // what callers must bear
	WebhookURL    string // where events go; none go anywhere if it is empty
	WebhookSecret string // the key of their HMAC, as its bytes stand
	Sandbox       bool   // what webhooks say of themselves
	Quota         Quota  // zero: generous
	SMS           func(number, text, code string)
	Now           func() time.Time
	Log           *slog.Logger
	RetryScale    float64 // what the waits between webhook attempts are multiplied by: 1 is the real ladder; 0 means 1
}

// Service is the service. It is safe for use by many at once.
type Service struct {
	o         Options
	authority *pades.Authority
	faults    *Faults
	meter     *meter
	wake      chan struct{} // a delivery may have become due
	courier   *http.Client  // webhooks' way out
	stranger  *http.Client  // the same, from an address that is on no list

	mu       sync.Mutex
	requests map[string]*request // never changed in place: a change makes a copy, keeps it on disk, then puts it here
	bearers  map[string]string   // the request of each signer
	inFlight map[string]bool     // event ids that are being delivered
	past     map[string][]stood  // how requests stood before, as long as the list is to be stale
}

// Open reads what was kept in Options.Dir, or begins there.
func Open(o Options) (*Service, error) {
	if o.APIKey == "" || o.Dir == "" || o.SMS == nil || o.Now == nil || o.Log == nil {
		return nil, fmt.Errorf("the signer needs Dir, APIKey, SMS, Now and Log")
	}
	if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("the signer's PublicURL is no address")
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.RetryScale == 0 {
		o.RetryScale = 1
	}
	authority, err := pades.OpenAuthority(filepath.Join(o.Dir, "authority"), o.Now())
	if err != nil {
		return nil, err
	}
	s := &Service{
		o: o, authority: authority, faults: newFaults(o.Now), meter: newMeter(o.Quota, o.Now), wake: make(chan struct{}, 1),
		courier: newCourier(nil), stranger: newCourier(net.IPv4(127, 0, 0, 2)),
		requests: map[string]*request{}, bearers: map[string]string{}, inFlight: map[string]bool{},
		past: map[string][]stood{},
	}
	return s, s.load()
}

// Faults is how it misbehaves; at first it does not.
func (s *Service) Faults() *Faults { return s.faults }

// Handler serves the API, the signing pages and the admin door.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v3/", s.api())
	mux.Handle("/signatures/", s.pages())
	mux.Handle("/admin/", s.admin())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "The local signature service. API: /v3 · signing pages: /signatures · faults: /admin/faults")
	})
	return mux
}
