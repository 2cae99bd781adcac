package sendmail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	sg "github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/paraphe/paraphe/shared/function"
)

// answerLimit bounds what is read of SendGrid's answer, in bytes. Its errors are a few lines.
const answerLimit = 64 << 10

// sendGrid carries mails by SendGrid's v3 API (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). The
// library builds the request; it is sent with a client of our own, since the library's has no timeout and reads
// answers of any length.
type sendGrid struct {
	request rest.Request
	client  *http.Client
	now     func() time.Time
}

func newSendGrid(address, key string, now func() time.Time) sendGrid {
	request := sendgrid.GetRequest(key, "/v3/mail/send", address)
	request.Method = rest.Post
	return sendGrid{request: request, client: function.NewClient(sendTimeout), now: now}
}

func (s sendGrid) carry(ctx context.Context, m mail) error {
	q := s.request
	q.Body = sg.GetRequestBody(message(m))
	r, err := rest.BuildRequestObject(q)
	if err != nil {
		return fmt.Errorf("ask SendGrid: %w", err)
	}
	answer, err := s.client.Do(r.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("ask SendGrid: %w", withoutAddress(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if answer.StatusCode/100 == 2 {
		return nil // taken, whatever becomes of the rest of the answer
	}
	if err != nil {
		return fmt.Errorf("read SendGrid's answer: %w", err)
	}
	return s.refusal(answer, body)
}

// refusal says what an answer that is no success asks for
// (https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses).
func (s sendGrid) refusal(answer *http.Response, body []byte) error {
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		return function.Later{After: s.wait(answer.Header), Cause: errors.New("SendGrid limits the rate")}
	case http.StatusBadRequest:
		return rejected("the mail service does not take it" + blamed(body))
	case http.StatusRequestEntityTooLarge:
		return rejected("it is too large for the mail service")
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("SendGrid answered %s: look at SENDGRID_API_KEY, its rights, and whether MAIL_FROM is a verified sender", answer.Status)
	}
	return fmt.Errorf("SendGrid answered %s", answer.Status)
}

// fieldName is what SendGrid calls a field in its errors: "personalizations.0.to.0.email". It is compiled at its
// first use: a cold start does not wait for it.
var fieldName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_.]{1,80}$`) })

// blamed names the field that SendGrid found wrong. Its message is left out: it may quote an address.
func blamed(body []byte) string {
	var said struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil || len(said.Errors) == 0 || !fieldName().MatchString(said.Errors[0].Field) {
		return ""
	}
	field := said.Errors[0].Field
	if strings.HasPrefix(field, "personalizations") && strings.Contains(field, ".to") {
		return ": the recipient's e-mail address is refused"
	}
	return ": it names the field " + field
}

// How long to wait if SendGrid limits us and does not say, and the longest that is believed.
const (
	usualWait   = 30 * time.Second
	longestWait = 10 * time.Minute
)

// wait reads how long SendGrid wants to be left alone: Retry-After in seconds, or X-RateLimit-Reset as Unix time
// (https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits).
func (s sendGrid) wait(h http.Header) time.Duration {
	if seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 32); err == nil {
		return clamp(time.Duration(seconds) * time.Second)
	}
	if at, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		return clamp(time.Unix(at, 0).Sub(s.now()))
	}
	return usualWait
}

func clamp(d time.Duration) time.Duration { return min(max(d, time.Second), longestWait) }

// message gives a mail SendGrid's form. Tracking is off: it would replace the links, whose secrets are the
// recipient's alone, by SendGrid's.
func message(m mail) *sg.SGMailV3 {
	out := sg.NewV3MailInit(sg.NewEmail(m.from.Name, m.from.Address), m.subject, sg.NewEmail(m.to.Name, m.to.Address),
		sg.NewContent("text/plain", m.text), sg.NewContent("text/html", m.html))
	if m.replyTo.Address != "" {
		out.SetReplyTo(sg.NewEmail(m.replyTo.Name, m.replyTo.Address))
	}
	out.SetHeader("Message-ID", "<"+m.id+">")
	out.SetHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday replies, please
	for k, v := range m.marks {
		out.SetCustomArg(k, v)
	}
	for _, f := range m.files {
		out.AddAttachment(sg.NewAttachment().SetContent(base64.StdEncoding.EncodeToString(f.bytes)).
			SetType("application/pdf").SetFilename(f.name).SetDisposition("attachment"))
	}
	return out.SetTrackingSettings(sg.NewTrackingSettings().
		SetClickTracking(sg.NewClickTrackingSetting().SetEnable(false).SetEnableText(false)).
		SetOpenTracking(sg.NewOpenTrackingSetting().SetEnable(false)).
		SetSubscriptionTracking(sg.NewSubscriptionTrackingSetting().SetEnable(false)))
}

// withoutAddress drops the address that net/http puts into its errors; the cause is enough.
func withoutAddress(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}
