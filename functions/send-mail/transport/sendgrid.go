package transport

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	sg "github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/paraphe/paraphe/shared/function"
)

// answerLimit bounds what is read of SendGrid's answer, in bytes. Its errors are a few lines.
const answerLimit = 64 << 10

// SendGrid carries mails by SendGrid's v3 API (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). The
// library builds the request; it is sent with a client of our own, since the library's has no timeout and reads
// answers of any length. Each mail has a connection of its own: one that is written into a kept connection just as the other
// side closes it has an end that nobody knows.
type SendGrid struct {
	address string
	request rest.Request
	client  *http.Client
	now     func() time.Time
}

func NewSendGrid(address, key string, now func() time.Time) SendGrid {
	request := sendgrid.GetRequest(key, "/v3/mail/send", address)
	request.Method = rest.Post
	client := function.NewClient(SendTimeout)
	client.Transport.(*http.Transport).DisableKeepAlives = true
	return SendGrid{address: address, request: request, client: client, now: now}
}

func (s SendGrid) Send(m Mail, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	q := s.request
	q.Body = sg.GetRequestBody(message(m))
	r, err := rest.BuildRequestObject(q)
	if err != nil {
		return Failure{Class: Installation, Cause: Misconfigured, Detail: "SendGrid cannot be asked: look at SENDGRID_URL"}
	}
	body := trackBody(r, q.Body)
	answer, err := s.client.Do(r.WithContext(ctx))
	switch {
	case err != nil && body.gone():
		return Failure{Class: Unclear, Cause: EndUnclear, Detail: "SendGrid was given the whole notification and did not answer: " + reasonOf(err)}
	case err != nil:
		return Failure{Class: Installation, Cause: Unreachable, Detail: "SendGrid cannot be spoken with: " + reasonOf(err) + ": look at SENDGRID_URL"}
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 == 2 {
		return nil // taken, whatever becomes of the rest of the answer
	}
	out, _ := io.ReadAll(io.LimitReader(answer.Body, answerLimit)) // the status alone says nearly everything
	return s.refusal(answer, out)
}

// How long to wait if SendGrid limits us and does not say, and the longest that is believed.
const (
	usualWait   = 30 * time.Second
	longestWait = 10 * time.Minute
)

// wait reads how long SendGrid wants to be left alone: Retry-After in seconds, or X-RateLimit-Reset as Unix time
// (https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits).
func (s SendGrid) wait(h http.Header) time.Duration {
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
func message(m Mail) *sg.SGMailV3 {
	out := sg.NewV3MailInit(sg.NewEmail(m.From.Name, m.From.Address), m.Subject, sg.NewEmail(m.To.Name, m.To.Address),
		sg.NewContent("text/plain", m.Text), sg.NewContent("text/html", m.HTML))
	if m.ReplyTo.Address != "" {
		out.SetReplyTo(sg.NewEmail(m.ReplyTo.Name, m.ReplyTo.Address))
	}
	out.SetHeader("Message-ID", "<"+m.ID+">")
	out.SetHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday replies, please
	for k, v := range m.CustomArgs {
		out.SetCustomArg(k, v)
	}
	for _, f := range m.Files {
		out.AddAttachment(sg.NewAttachment().SetContent(base64.StdEncoding.EncodeToString(f.Bytes)).
			SetType("application/pdf").SetFilename(f.Name).SetDisposition("attachment"))
	}
	return out.SetTrackingSettings(sg.NewTrackingSettings().
		SetClickTracking(sg.NewClickTrackingSetting().SetEnable(false).SetEnableText(false)).
		SetOpenTracking(sg.NewOpenTrackingSetting().SetEnable(false)).
		SetSubscriptionTracking(sg.NewSubscriptionTrackingSetting().SetEnable(false)))
}
