package sendmail

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// titleLimit is the longest title in a notification, and subjectLimit the longest subject, in characters. RFC 5322 §2.1.1
// allows 998 octets a line, folded or not.
const (
	titleLimit   = 160
	subjectLimit = 200
)

// compose composes the mail of a granted claim. Its error is a permanent Failure if there can be none.
func (w *sender) compose(ctx context.Context, order events.SendMail, c persistclient.Claim) (transport.Mail, error) {
	to := transport.Sender{Name: transport.DisplayName(nameOf(c.Contact)), Address: c.Contact.Email}
	if !transport.Sendable(to.Address) {
		return transport.Mail{}, transport.NoAddress
	}
	l, known := w.notifications.find(order, c.Contact.Locale, c.View.Language)
	if !known {
		return transport.Mail{}, transport.Failure{Class: transport.Installation, Cause: transport.Unwritten, Detail: fmt.Sprintf("there is no notification %q for this recipient", transport.OneLine(string(order.Kind), 40))}
	}
	files, err := w.files(ctx, order, &c.View, l.language)
	if err != nil {
		return transport.Mail{}, err
	}
	m := transport.Mail{
		ID: messageID(c.View.ID, order, w.from), From: w.from, To: to, Files: files,
		CustomArgs: customArgs(delivery{order: order, claim: c}),
	}
	f := w.values(order, c, l.language, files)
	if f.Replies {
		m.ReplyTo = transport.Sender{Name: transport.DisplayName(c.View.OwnerName), Address: c.View.OwnerEmail}
	}
	m.Subject, m.Text, m.HTML, err = l.write(f)
	return m, err
}

// customArgs identify a mail at the mail service. The claim is among it: two claims of one notification are two mails, if a
// person wanted that.
func customArgs(t delivery) map[string]string {
	return map[string]string{
		"contract": string(t.claim.View.ID), "kind": string(t.order.Kind),
		"sequence": strconv.Itoa(t.order.Sequence), "recipient": t.order.Recipient, "claim": strconv.Itoa(t.claim.Claim),
	}
}

// messageID is derived from the notification's identity, so that two copies of one notification can be told for what they are.
func messageID(id contract.ID, order events.SendMail, from transport.Sender) string {
	return events.DerivedID("notification", string(id), string(order.Kind), strconv.Itoa(order.Sequence), order.Recipient) + "@" + from.Domain()
}

// values is what stands in the gaps of a notification: text that was made fit, and answers to what the notification asks.
type values struct {
	Brand    string // what the notifications come from: the name in MAIL_FROM
	Name     string // whom the notification is to
	Sender   string // who made the contract
	Title    string
	Deadline string // in words
	Link     string // where the button leads; empty: no button
	Phone    string // the last two digits of the recipient's phone
	Signers  string // everyone who signs, in words
	Missing  string // those who have not signed, in words
	Decliner string // who declined
	Yourself bool   // whether the recipient is the one who declined
	Replies  bool   // whether an answer to the mail reaches the sender
	Alone    bool   // whether there is one signer only
	Ended    string // how a contract had ended that everyone signed afterwards: "cancelled", "declined" or "expired"
	Copy     bool   // whether the signed copy is attached
	Proof    bool   // whether the proof is
}

func (w *sender) values(order events.SendMail, c persistclient.Claim, in language, files []transport.File) values {
	v := &c.View
	f := values{
		Brand: w.brand(), Name: transport.OneLine(nameOf(c.Contact), transport.NameLimit), Sender: transport.OneLine(v.OwnerName, transport.NameLimit),
		Title: transport.OneLine(v.Title, titleLimit), Deadline: in.deadline(v.Deadline), Link: w.link(order, c),
		Phone: lastDigits(c.Contact.Phone), Replies: order.Recipient != contract.ToOwner && transport.Sendable(v.OwnerEmail),
		Alone: len(v.Signers) == 1, Copy: len(files) > 0, Proof: len(files) > 1, Ended: string(v.Status),
	}
	if f.Sender == "" {
		f.Sender = f.Brand
	}
	var all, missing []string
	for _, s := range v.Signers {
		name := transport.OneLine(nameOf(deref(v.PersonOf(s.ID))), transport.NameLimit)
		all = append(all, name)
		if s.State != contract.HasSigned {
			missing = append(missing, name)
		}
		if s.State == contract.HasDeclined {
			f.Decliner, f.Yourself = name, s.ID == order.Recipient
		}
	}
	f.Signers, f.Missing = in.list(all), in.list(missing)
	return f
}

func (w *sender) brand() string {
	if w.from.Name != "" {
		return w.from.Name
	}
	return "Paraphe"
}

// link is where the notification leads: the owner, who has an account, to the contract; a signer by a secret of their own,
// in the fragment, which no server on the way is told and no access log holds.
func (w *sender) link(order events.SendMail, c persistclient.Claim) string {
	switch {
	case order.Recipient == contract.ToOwner:
		return w.public + "/contracts/" + string(c.View.ID)
	case c.Link != "":
		return w.public + "/sign#" + c.Link
	}
	return ""
}

func nameOf(p persistclient.Person) string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

func deref(p *persistclient.Person) persistclient.Person {
	if p == nil {
		return persistclient.Person{}
	}
	return *p
}

// lastDigits is as much of a phone number as tells its owner which phone is meant.
func lastDigits(phone string) string {
	if len(phone) < 4 {
		return ""
	}
	return phone[len(phone)-2:]
}
