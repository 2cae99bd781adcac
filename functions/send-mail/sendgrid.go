package sendmail

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

// sendGrid carries mails by SendGrid's v3 API (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). The
// library builds the request; it is sent with a client of our own, since the library's has no timeout and reads
// answers of any length. Each mail has a connection of its own: one that is written into a kept connection just as the other
// side closes it has an end that nobody knows.
type sendGrid struct {
	address string
	request rest.Request
	client  *http.Client
	now     func() time.Time
}

func newSendGrid(address, key string, now func() time.Time) sendGrid {
	request := sendgrid.GetRequest(key, "/v3/mail/send", address)
	request.Method = rest.Post
	client := function.NewClient(sendTimeout)
	client.Transport.(*http.Transport).DisableKeepAlives = true
	return sendGrid{address: address, request: request, client: client, now: now}
}

func (s sendGrid) carry(m mail, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	q := s.request
	q.Body = sg.GetRequestBody(message(m))
	r, err := rest.BuildRequestObject(q)
	if err != nil {
		return fault{fate: ours, cause: misconfigured, detail: "SendGrid cannot be asked: look at SENDGRID_URL"}
	}
	body := watch(r, q.Body)
	answer, err := s.client.Do(r.WithContext(ctx))
	switch {
	case err != nil && body.gone():
		return fault{fate: unclear, cause: endUnclear, detail: "SendGrid was given the whole letter and did not answer: " + lost(err)}
	case err != nil:
		return fault{fate: ours, cause: unreachable, detail: "SendGrid cannot be spoken with: " + lost(err) + ": look at SENDGRID_URL"}
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 == 2 {
		return nil // taken, whatever becomes of the rest of the answer
	}
	said, _ := io.ReadAll(io.LimitReader(answer.Body, answerLimit)) // the status alone says nearly everything
	return s.refusal(answer, said)
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
