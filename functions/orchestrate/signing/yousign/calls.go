package yousign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/function"
)

// yousignZone is the zone in which the service counts days for us; the date of a deadline is taken in it.
const yousignZone = "Europe/Paris"

// Languages that the service has (its API reference): the audit trail's and the signing page's differ.
var (
	auditTrailLocales = []string{"de", "en", "es", "fr", "it", "pt", "ro"}
	signerLocales     = []string{"en", "fr", "de", "it", "nl", "es", "pl"}
)

// createBody is what a new request is made of. delivery_mode none: our own notifications invite.
type createBody struct {
	Name             string `json:"name"`
	DeliveryMode     string `json:"delivery_mode"`
	Timezone         string `json:"timezone"`
	OrderedSigners   bool   `json:"ordered_signers"`
	ExpirationDate   string `json:"expiration_date"`
	ExternalID       string `json:"external_id"`
	AuditTrailLocale string `json:"audit_trail_locale"`
	MayDecline       bool   `json:"signers_allowed_to_decline"`
}

func newRequest(o signing.Order) createBody {
	return createBody{
		Name: name(o.Title), DeliveryMode: "none", Timezone: yousignZone, OrderedSigners: o.Ordered,
		ExpirationDate: lastDay(o.Deadline), ExternalID: o.Token,
		AuditTrailLocale: oneOf(auditTrailLocales, o.Language), MayDecline: true,
	}
}

// signerBody is a signer who proves to be who they are with a code sent by SMS. Without fields: the anchors in the
// document are theirs.
type signerBody struct {
	Info      wireInfo          `json:"info"`
	Level     string            `json:"signature_level"`
	Proof     string            `json:"signature_authentication_mode"`
	Redirects map[string]string `json:"redirect_urls,omitempty"`
}

func newSigner(p signing.Signatory, returnURL string) signerBody {
	b := signerBody{Level: "electronic_signature", Proof: "otp_sms", Info: wireInfo{
		FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone, Locale: oneOf(signerLocales, p.Locale),
	}}
	if returnURL != "" {
		b.Redirects = map[string]string{"success": returnURL, "error": returnURL, "decline": returnURL}
	}
	return b
}

// form is the document as multipart/form-data. parse_anchors makes a signature field of each anchor in its text
// ({{s1|signature|85|37}}, the number being the signer's place in the order).
func form(o signing.Order) (body []byte, contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="contract.pdf"`},
		"Content-Type":        {"application/pdf"},
	})
	if err == nil {
		_, err = part.Write(o.Document)
	}
	fields := [][2]string{{"nature", signableDocument}, {"parse_anchors", "true"}, {"name", name(o.Title)}}
	for _, f := range fields {
		err = errors.Join(err, w.WriteField(f[0], f[1]))
	}
	err = errors.Join(err, w.Close()) // Close writes the end
	return b.Bytes(), w.FormDataContentType(), err
}

// name makes a title into what the service takes as a name: 1 to 128 characters, no markup, no path.
func name(title string) string {
	title = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>/\`, r) {
			return ' '
		}
		return r
	}, title)
	runes := []rune(strings.Join(strings.Fields(title), " "))
	if len(runes) == 0 {
		return "Contract"
	}
	return strings.TrimSpace(string(runes[:min(len(runes), 128)]))
}

// lastDay is the date on which the deadline falls; the service ends the request at the end of that day.
func lastDay(deadline time.Time) string {
	zone, err := time.LoadLocation(yousignZone)
	if err != nil {
		panic(err) // the zones are built in
	}
	return deadline.In(zone).Format(time.DateOnly)
}

// oneOf returns the language if the service has it, else English.
func oneOf(known []string, language string) string {
	if slices.Contains(known, language) {
		return language
	}
	return "en"
}

// request asks for one request. An answer about another one is refused: every decision here follows from it.
func (y *Client) request(ctx context.Context, id string) (r wireRequest, err error) {
	err = y.get(ctx, "ask for request "+id, path("signature_requests", id), &r)
	if err == nil && r.ID != id {
		err = fmt.Errorf("ask for request %s: the answer is about another one", id)
	}
	return r, err
}

// signers asks for the signers of a request, each in its full form.
func (y *Client) signers(ctx context.Context, id string) (s []wireSigner, err error) {
	return s, y.get(ctx, "ask for the signers of request "+id, path("signature_requests", id, "signers"), &s)
}

// documents asks for the documents of a request, each in its full form.
func (y *Client) documents(ctx context.Context, id string) (d []wireDocument, err error) {
	return d, y.get(ctx, "ask for the documents of request "+id, path("signature_requests", id, "documents"), &d)
}

// cancel withdraws an active request and returns how it stands then. The note is cut to what the service takes.
func (y *Client) cancel(ctx context.Context, id, note string) (r wireRequest, err error) {
	c := call{act: "cancel request " + id, path: path("signature_requests", id, "cancel"), names: true}
	runes := []rune(note)
	body := map[string]string{"reason": "contractualization_aborted", "custom_note": string(runes[:min(len(runes), 500)])}
	if err = y.post(ctx, c, body, &r); err == nil {
		function.Point("orchestrate.request-cancelled")
	}
	if err == nil && r.ID != id {
		err = fmt.Errorf("%s: the answer is about another one", c.act)
	}
	return r, err
}

// remove deletes a request, which must not be active.
func (y *Client) remove(ctx context.Context, id string) error {
	act := "delete request " + id
	err := y.json(ctx, call{act: act, method: http.MethodDelete, path: path("signature_requests", id), names: true}, nil)
	if err == nil {
		function.Point("orchestrate.request-deleted")
	}
	return err
}
