package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// stage is how far the conversation with the mail server has come: what its answer is an answer to.
type stage string

const (
	connecting stage = "the greeting, EHLO, STARTTLS or AUTH"
	atMail     stage = "MAIL FROM"
	atRcpt     stage = "RCPT TO"
	atData     stage = "DATA"
	writing    stage = "the notification, before its end"
	atEnd      stage = "the end of the notification"
)

// knowsRecipient reports whether an answer at this stage can be about the recipient: before, the server has not been
// told of any.
func (s stage) knowsRecipient() bool { return s == atRcpt || s == atEnd }

// reply is what a mail server answered: a reply code (RFC 5321 §4.2) and, where it gave one, the enhanced status code
// (RFC 3463, at the beginning of the text by RFC 2034 §4). Of the latter only subject and detail count: whether
// something is for ever is said by the reply code's first digit, which servers mean more seriously.
type reply struct {
	code            int
	subject, detail int // -1: there is no enhanced code
}

// enhancedCode is compiled at its first use: a cold start does not wait for it.
var enhancedCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[245]\.(\d{1,3})\.(\d{1,3})(?:\D|$)`) })

func readReply(out *textproto.Error) reply {
	r := reply{code: out.Code, subject: -1, detail: -1}
	if found := enhancedCode().FindStringSubmatch(out.Msg); found != nil {
		r.subject, _ = strconv.Atoi(found[1]) // three digits
		r.detail, _ = strconv.Atoi(found[2])
	}
	return r
}

func (r reply) is(subject int, details ...int) bool {
	return r.subject == subject && (len(details) == 0 || slices.Contains(details, r.detail))
}

// hasDetail reports whether the enhanced code is about us: about the server (X.3), the protocol (X.5), security and policy
// (X.7). What is about addresses or mailboxes and is not in the table says no more than the reply code.
func (r reply) hasDetail() bool { return r.subject > 2 }

// isRefusal reports whether the server said yes or no.
func (r reply) isRefusal() bool { return r.code/100 == 4 || r.code/100 == 5 }

// String is the reply without the server's words, which may hold an address.
func (r reply) String() string {
	if r.subject < 0 {
		return strconv.Itoa(r.code)
	}
	return fmt.Sprintf("%d %d.%d.%d", r.code, r.code/100, r.subject, r.detail)
}

// smtpFault says whose fault it is that a conversation broke off at this stage. Until the notification's last line is
// written, and whenever the server answered that it does not take it, it is known not to be taken (RFC 5321
// §4.2.5); an end without an answer is unclear.
func smtpFault(at stage, err error) Failure {
	var out *textproto.Error
	answered := errors.As(err, &out)
	switch {
	case answered && (at != atEnd || readReply(out).isRefusal()):
		return readReply(out).fault(at)
	case at == atEnd:
		return Failure{Class: Unclear, Cause: EndUnclear, Detail: "the mail server was given the whole notification and did not say that it took it: " + reasonOf(err)}
	}
	return Failure{Class: Installation, Cause: Unreachable, Detail: fmt.Sprintf("the mail server cannot be spoken with at %s: %s: look at SMTP_URL", at, reasonOf(err))}
}

// Failure is the table of docs/reliability.md in code.
func (r reply) fault(at stage) Failure {
	k, cause := r.classify(at)
	f := Failure{Class: k, Cause: cause, Detail: fmt.Sprintf("the mail server answered %s to %s", r, at)}
	switch {
	case cause == addressRefused:
		f.Detail = fmt.Sprintf("the mail server refuses the recipient's e-mail address (%s)", r)
	case cause == TooLarge:
		f.Detail = fmt.Sprintf("it is too large for the mail server (%s)", r)
	case k == Installation:
		f.Detail += ": look at SMTP_URL, SMTP_HELO, and whether it may send from MAIL_FROM"
	}
	return f
}

func (r reply) classify(at stage) (Class, string) {
	switch {
	case r.is(1, 7, 8): // X.1.7, X.1.8: the sender's address
		return Installation, senderRefused
	case !r.isRefusal(): // an answer that belongs to something else
		return Installation, Misconfigured
	case r.code/100 == 4:
		return r.classifyTransient(at)
	case r.is(3, 4), r.is(2, 3): // too large for the system, for the mailbox
		return Permanent, TooLarge
	case !at.knowsRecipient():
		return Installation, r.settings(at)
	case r.is(1, 1, 2, 3, 6, 10), r.is(2, 1): // no such mailbox, no such host, no address, moved, null MX; disabled
		return Permanent, addressRefused
	case r.is(2, 2):
		return Transient, MailboxFull
	case r.is(6) && at == atEnd: // the notification's form
		return Permanent, contentRefused
	case r.is(4): // no way to the recipient's host
		return Transient, deferred
	case r.hasDetail():
		return Installation, r.settings(at)
	}
	return r.classifyBare(at)
}

// classifyTransient is for 4xx: the same command may succeed later. What the server says before it knows of any recipient is
// about us or itself, and so is 421, by which it closes the channel whatever it was asked.
func (r reply) classifyTransient(at stage) (Class, string) {
	switch {
	case r.code == 421:
		return Installation, Unreachable
	case !at.knowsRecipient():
		return Installation, r.settings(at)
	case r.is(2, 2):
		return Transient, MailboxFull
	}
	return Transient, deferred
}

// classifyBare is for a 5xx whose enhanced code is missing or says nothing.
func (r reply) classifyBare(at stage) (Class, string) {
	switch {
	case at == atRcpt && slices.Contains([]int{550, 551, 553, 556}, r.code): // RFC 5321 §4.2.2, and 556 of RFC 7504
		return Permanent, addressRefused
	case at == atRcpt && r.code == 552: // exceeded storage: the mailbox's
		return Transient, MailboxFull
	case at == atEnd && r.code == 552: // the notification's
		return Permanent, TooLarge
	}
	return Installation, r.settings(at)
}

// settings says which of our settings a refusal seems to be about.
func (r reply) settings(at stage) string {
	switch {
	case slices.Contains([]int{454, 530, 534, 535, 538}, r.code), r.is(7, 8, 9, 11): // RFC 4954 §6, RFC 3207 §4
		return unauthorized
	case r.code/100 == 4:
		return Unreachable
	case at == atMail:
		return senderRefused
	}
	return Misconfigured
}

// reasonOf says in words how a conversation ended without an answer. Errors of the net package name addresses.
func reasonOf(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case errors.As(err, &name):
		return "its host name is not known"
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return "its certificate is not accepted"
	case errors.As(err, &record):
		return "it does not speak TLS there"
	case errors.As(err, &network) && network.Timeout():
		return "it took too long"
	}
	return "the connection could not be made, or broke"
}
