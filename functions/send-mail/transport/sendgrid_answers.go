package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// refusal says whose fault an answer is that is no success
// (https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses). It is the table of
// docs/reliability.md in code. Every 4xx is known to come before the mail is taken; after a 5xx it may have been.
func (s SendGrid) refusal(answer *http.Response, body []byte) Failure {
	order := answer.Header.Get("Retry-After") != ""
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests:
		return Failure{Class: Installation, Cause: Limited, Detail: "SendGrid limits the rate (429)", After: s.wait(answer.Header)}
	case code == http.StatusServiceUnavailable && order: // who is out of service and says until when has taken nothing
		return Failure{Class: Installation, Cause: Unreachable, Detail: "SendGrid is out of service (503)", After: s.wait(answer.Header)}
	case code >= http.StatusInternalServerError:
		return Failure{Class: Unclear, Cause: EndUnclear, Detail: fmt.Sprintf("SendGrid was given the whole notification and answered %d", code)}
	case code == http.StatusBadRequest:
		return failureOfBody(body)
	case code == http.StatusRequestEntityTooLarge:
		return Failure{Class: Permanent, Cause: TooLarge, Detail: "it is too large for SendGrid (413)"}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return Failure{Class: Installation, Cause: unauthorized,
			Detail: fmt.Sprintf("SendGrid answered %d: look at SENDGRID_API_KEY, its rights, and whether MAIL_FROM is a verified sender", code)}
	default:
		return Failure{Class: Installation, Cause: Misconfigured, Detail: fmt.Sprintf("SendGrid answered %d: look at SENDGRID_URL", code)}
	}
}

// fieldName is what SendGrid calls a field in its errors: "personalizations.0.to.0.email". It is compiled at its
// first use: a cold start does not wait for it.
var fieldName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_.]{1,80}$`) })

// failureOfBody says whose fault it is that SendGrid does not take a request: the recipient's if all that it found wrong is
// their address, and else ours, as every other field is made by us. Its messages are left out: they may quote an
// address.
func failureOfBody(body []byte) Failure {
	var out struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(body, &out) // what cannot be read names no field
	f := Failure{Class: Permanent, Cause: addressRefused, Detail: "SendGrid refuses the recipient's e-mail address (400)"}
	for _, e := range out.Errors {
		if !toField(e.Field) {
			return faultOfField(e.Field)
		}
	}
	if len(out.Errors) == 0 {
		return faultOfField("")
	}
	return f
}

func toField(field string) bool {
	return strings.HasPrefix(field, "personalizations.") && strings.Contains(field, ".to")
}

func faultOfField(field string) Failure {
	f := Failure{Class: Installation, Cause: Misconfigured, Detail: "SendGrid does not take it (400)"}
	if fieldName().MatchString(field) {
		f.Detail = "SendGrid does not take it (400): it names the field " + field
	}
	if field == "from" || strings.HasPrefix(field, "from.") {
		f.Cause, f.Detail = senderRefused, f.Detail+": look at MAIL_FROM"
	}
	return f
}

// trackedBody is a request's body that knows whether its last byte was taken from it: before that the other side cannot have
// the whole request, whatever broke.
type trackedBody struct {
	bytes.Reader
	last *atomic.Bool
}

func (b *trackedBody) Read(p []byte) (int, error) {
	if len(p) >= b.Len() { // before it leaves, so that no other goroutine sees it gone too late
		b.last.Store(true)
	}
	return b.Reader.Read(p)
}

// WriteTo hides the reader's own, which would pass Read by.
func (b *trackedBody) WriteTo(w io.Writer) (int64, error) {
	b.last.Store(true)
	return b.Reader.WriteTo(w)
}

func (b *trackedBody) Close() error { return nil }

func (b *trackedBody) gone() bool { return b.last.Load() }

// trackBody replaces a request's body by one that is watched. The client may ask for it anew only when it knows that nothing
// of the first was sent, such as on a connection that the other side had closed meanwhile.
func trackBody(r *http.Request, body []byte) *trackedBody {
	fresh := func(last *atomic.Bool) *trackedBody {
		b := &trackedBody{last: last}
		b.Reset(body)
		return b
	}
	first := fresh(&atomic.Bool{})
	r.Body, r.ContentLength = first, int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) {
		first.last.Store(false)
		return fresh(first.last), nil
	}
	return first
}
