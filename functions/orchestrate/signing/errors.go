package signing

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNotReady says that the service does not have it yet and will.
	ErrNotReady = errors.New("the signature service does not have it yet")
	// ErrUnknown says, in the service's own words, that it has no such request or signer. A key of another workspace
	// gets the same answer: see Service.Sees.
	ErrUnknown = errors.New("the signature service knows no such request")
)

// Limited says that the service takes no more calls for a while.
type Limited struct{ After time.Duration }

func (l Limited) Error() string {
	return fmt.Sprintf("the signature service takes no calls for %s", l.After)
}

// Rejected says that the service will not take this, in its own words about this order alone. Type is the service's
// word for why; Detail names the fields, never what is in them. Status is 0 where the service took what we must not
// accept.
type Rejected struct {
	Status       int
	Type, Detail string
}

func (r Rejected) Error() string {
	return fmt.Sprintf("the signature service rejected it: status %d, %s: %s", r.Status, r.Type, r.Detail)
}

// Causes of what the service would not take, or gave. They are kept and compared: they do not change.
const (
	CauseRejected     = "signature.rejected"
	CauseNotADocument = "signature.no_pdf"
)

// Causes of a Fault. They do not change either.
const (
	CauseUnauthorized = "signature.unauthorized" // the key is not accepted
	CauseForbidden    = "signature.forbidden"    // the key may not do this
	CausePayment      = "signature.payment"      // the account is not paid for
	CauseAddress      = "signature.address"      // what answers is not the service, or not this part of it
	CauseTLS          = "signature.tls"          // it cannot prove that it is the service
	CauseDNS          = "signature.dns"          // its name cannot be found
	CauseProxy        = "signature.proxy"        // a proxy on the way wants to know who we are
)

// Fault says that this installation cannot use the service as it is set up. It is the same for every contract, and
// says nothing about any. Status is 0 if nothing answered.
type Fault struct {
	Cause  string
	Status int
}

// faultWords say what an operator looks at. The settings are orchestrate's.
var faultWords = map[string]string{
	CauseUnauthorized: "it does not accept SIGNATURE_API_KEY, which must be a valid key of the environment that SIGNATURE_URL names",
	CauseForbidden:    "the key in SIGNATURE_API_KEY may not do this: it must be allowed to write, in the workspace where the contracts are",
	CausePayment:      "its account is not paid for",
	CauseAddress:      "what answers at SIGNATURE_URL is not its API, which is for example at https://api.yousign.app/v3",
	CauseTLS:          "what answers at SIGNATURE_URL cannot prove by TLS that it is the service",
	CauseDNS:          "the host in SIGNATURE_URL cannot be found, for example api.yousign.app",
	CauseProxy:        "the proxy in HTTPS_PROXY does not let us through, which has the form http://user:password@host:port",
}

func (f Fault) Error() string {
	return fmt.Sprintf("the signature service cannot be used (%s, status %d): %s", f.Cause, f.Status, faultWords[f.Cause])
}
