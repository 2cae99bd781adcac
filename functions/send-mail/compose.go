package sendmail

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// mail is one mail to one person, whose every part is fit for its place.
type mail struct {
	id      string // what stands in Message-ID, without the angle brackets: the same at every try
	from    Sender
	to      Sender
	replyTo Sender // without an address: none
	subject string
	text    string
	html    string
	files   []file
	marks   map[string]string // what the mail service is to give back with news of this mail: ids only
}

// file is an attached document.
type file struct {
	name  string
	bytes []byte
}

// titleLimit is the longest title in a letter, and subjectLimit the longest subject, in characters. RFC 5322 §2.1.1
// allows 998 octets a line, folded or not.
const (
	titleLimit   = 160
	subjectLimit = 200
)

// noAddress is the fault of an address that no mail is handed over for at all.
var noAddress = fault{fate: forGood, cause: addressRefused, detail: "the recipient's e-mail address is not one that mail can be sent to"}

// compose writes the mail that the claim gives leave for. Its error is a fault for good if there can be none.
func (w *writer) compose(ctx context.Context, asked events.SendMail, c persistclient.Claim) (mail, error) {
	to := Sender{Name: displayName(nameOf(c.Contact)), Address: c.Contact.Email}
	if !sendable(to.Address) {
		return mail{}, noAddress
	}
	l, known := w.letters.find(asked, c.Contact.Locale, c.View.Language)
	if !known {
		return mail{}, fault{fate: ours, cause: unwritten, detail: fmt.Sprintf("there is no letter %q for this recipient", oneLine(string(asked.Letter), 40))}
	}
	files, err := w.files(ctx, asked, &c.View, l.language)
	if err != nil {
		return mail{}, err
	}
	m := mail{
		id: messageID(c.View.ID, asked, w.from), from: w.from, to: to, files: files,
		marks: marksOf(try{asked: asked, claim: c}),
	}
	f := w.filling(asked, c, l.language, files)
	if f.Replies {
		m.replyTo = Sender{Name: displayName(c.View.OwnerName), Address: c.View.OwnerEmail}
	}
	m.subject, m.text, m.html, err = l.write(f)
	return m, err
}

// marksOf is what the mail service knows a mail by. The claim is among it: two claims of one letter are two mails, if a
// person wanted that.
func marksOf(t try) map[string]string {
	return map[string]string{
		"contract": string(t.claim.View.ID), "letter": string(t.asked.Letter),
		"occasion": strconv.Itoa(t.asked.Occasion), "recipient": t.asked.Recipient, "claim": strconv.Itoa(t.claim.Claim),
	}
}

// messageID is derived from the letter's identity, so that two copies of one letter can be told for what they are.
func messageID(id contract.ID, asked events.SendMail, from Sender) string {
	return events.DerivedID("letter", string(id), string(asked.Letter), strconv.Itoa(asked.Occasion), asked.Recipient) + "@" + from.domain()
}

// filling is what stands in the gaps of a letter: text that was made fit, and answers to what the letter asks.
type filling struct {
	Brand    string // what the letters come from: the name in MAIL_FROM
	Name     string // whom the letter is to
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

func (w *writer) filling(asked events.SendMail, c persistclient.Claim, in language, files []file) filling {
	v := &c.View
	f := filling{
		Brand: w.brand(), Name: oneLine(nameOf(c.Contact), nameLimit), Sender: oneLine(v.OwnerName, nameLimit),
		Title: oneLine(v.Title, titleLimit), Deadline: in.deadline(v.Deadline), Link: w.link(asked, c),
		Phone: lastDigits(c.Contact.Phone), Replies: asked.Recipient != contract.ToOwner && sendable(v.OwnerEmail),
		Alone: len(v.Signers) == 1, Copy: len(files) > 0, Proof: len(files) > 1, Ended: string(v.Status),
	}
	if f.Sender == "" {
		f.Sender = f.Brand
	}
	var all, missing []string
	for _, s := range v.Signers {
		name := oneLine(nameOf(deref(v.PersonOf(s.ID))), nameLimit)
		all = append(all, name)
		if s.State != contract.HasSigned {
			missing = append(missing, name)
		}
		if s.State == contract.HasDeclined {
			f.Decliner, f.Yourself = name, s.ID == asked.Recipient
		}
	}
	f.Signers, f.Missing = in.list(all), in.list(missing)
	return f
}

func (w *writer) brand() string {
	if w.from.Name != "" {
		return w.from.Name
	}
	return "Paraphe"
}

// link is where the letter leads: the owner, who has an account, to the contract; a signer by a secret of their own,
// in the fragment, which no server on the way is told and no access log holds.
func (w *writer) link(asked events.SendMail, c persistclient.Claim) string {
	switch {
	case asked.Recipient == contract.ToOwner:
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
