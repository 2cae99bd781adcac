package mailbox

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// request is the body of POST /v3/mail/send (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). What
// the mailbox does not look at is kept raw, so that it is known and passed over.
type request struct {
	Personalizations []personalization `json:"personalizations"`
	From             *person           `json:"from"`
	ReplyTo          *person           `json:"reply_to"`
	ReplyToList      []person          `json:"reply_to_list"`
	Subject          string            `json:"subject"`
	Content          []content         `json:"content"`
	Attachments      []attachment      `json:"attachments"`
	Headers          map[string]string `json:"headers"`
	Categories       []string          `json:"categories"`
	CustomArgs       map[string]string `json:"custom_args"`
	SendAt           int64             `json:"send_at"`
	MailSettings     struct {
		SandboxMode struct {
			Enable bool `json:"enable"`
		} `json:"sandbox_mode"`
		BypassListManagement json.RawMessage `json:"bypass_list_management"`
		Footer               json.RawMessage `json:"footer"`
	} `json:"mail_settings"`
	TrackingSettings json.RawMessage   `json:"tracking_settings"`
	TemplateID       string            `json:"template_id"`
	Sections         map[string]string `json:"sections"`
	BatchID          string            `json:"batch_id"`
	ASM              json.RawMessage   `json:"asm"`
	IPPoolName       string            `json:"ip_pool_name"`
}

type personalization struct {
	To            []person          `json:"to"`
	CC            []person          `json:"cc"`
	BCC           []person          `json:"bcc"`
	From          *person           `json:"from"`
	Subject       string            `json:"subject"`
	Headers       map[string]string `json:"headers"`
	CustomArgs    map[string]string `json:"custom_args"`
	Substitutions map[string]string `json:"substitutions"`
	SendAt        int64             `json:"send_at"`
}

type person struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type content struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type attachment struct {
	Content     []byte `json:"content"` // base64 on the wire
	Type        string `json:"type"`
	Filename    string `json:"filename"`
	Disposition string `json:"disposition"`
	ContentID   string `json:"content_id"`
}

// everybody lists who a personalization goes to.
func (p personalization) everybody() []person { return slices.Concat(p.To, p.CC, p.BCC) }

// mails makes one mail for each recipient, as each would find it.
func (q request) mails(at time.Time) []Mail {
	var all []Mail
	for _, p := range q.Personalizations {
		for _, to := range p.everybody() {
			all = append(all, q.mail(p, to, at))
		}
	}
	return all
}

func (q request) mail(p personalization, to person, at time.Time) Mail {
	m := Mail{
		At: at, To: to.Email, ToName: to.Name, From: q.From.Email, FromName: q.From.Name, Subject: q.Subject,
		CustomArgs: merged(q.CustomArgs, p.CustomArgs), Headers: merged(q.Headers, p.Headers), Attachments: []Attachment{},
	}
	if p.Subject != "" {
		m.Subject = p.Subject
	}
	if q.ReplyTo != nil {
		m.ReplyTo = q.ReplyTo.Email
	}
	for _, c := range q.Content {
		switch c.Type {
		case "text/plain":
			m.Text = c.Value
		case "text/html":
			m.HTML = c.Value
		}
	}
	for _, a := range q.Attachments {
		m.Attachments = append(m.Attachments, Attachment{Name: a.Filename, Type: a.Type, Size: len(a.Content), Content: a.Content})
	}
	m.Links = linksIn(m.Text, m.HTML)
	return m
}

// merged lays the values of one personalization over those of the whole request.
func merged(all, own map[string]string) map[string]string {
	m := map[string]string{}
	maps.Copy(m, all)
	maps.Copy(m, own)
	return m
}
