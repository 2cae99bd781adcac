package api

import (
	"strings"

	"github.com/paraphe/paraphe/functions/orchestrate/signing"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// wording is a cause in words: what is wrong, and what that means for the contract.
type wording struct{ sentence, consequence string }

// What a fault of the installation means, whichever it is.
const (
	unasked  = "Contracts are neither handed over nor looked at; no signature is lost. All go on by themselves once it is put right."
	unmailed = "No notification goes out. All go out by themselves once it is put right."
	unsigned = "Nobody can sign it any more. Cancel it, and make it anew."
)

// wordings are the causes, those of the mail service among them; the pages have the same in French. A test of the whole
// module finds a cause that is missing here.
var wordings = map[string]wording{
	lifecycle.CauseDocumentRefused: {"The document cannot be drawn.", "The contract is not sent. Cancel it, and make it anew with what is named put right."},
	lifecycle.CauseGone:            {"The signature service does not have the request any more.", unsigned},
	lifecycle.CauseNotFound: {"The signature service does not know the request. Is its API key that of another workspace?",
		"Nothing follows before that is certain; it is asked again by itself."},
	lifecycle.CauseGivenUp:        {"The signature service gave the request up: it could not go on with it.", unsigned},
	lifecycle.CauseSecondRequest:  {"The signature service holds a second request for this contract.", "Somebody could sign that one. Withdraw it in the signature service's own pages."},
	lifecycle.CauseSignedLate:     {"Everyone signed, although the contract had ended.", "Both are on record, and everyone was told. Agree with the signers which of the two counts."},
	lifecycle.CauseNotSignedAgain: {"The signature service does not say any more that everyone signed.", "What is kept here counts: everyone signed."},
	lifecycle.CauseMailRefused:    {"The mail service refused a notification for good.", "Its recipient does not have it."},
	lifecycle.CauseMailUnclear:    {"Nobody knows whether a notification went out: the mail service broke off.", "It is not sent again by itself, since its recipient may have it."},
	lifecycle.CauseUndeliverable:  {"An event could not be delivered.", "What should have followed from it has not. It is tried again when the contract is next looked at."},
	lifecycle.CauseOverdue:        {"It takes longer than it should.", "Nothing is known to have failed. It is looked at again by itself."},
	signing.CauseRejected:         {"The signature service refused this.", "What it was asked for is not done. Try again once what is named is put right."},
	lifecycle.CauseDeadlinePassed: {"Its last day passed before it was sent.", "It is not sent. Cancel it, and make it anew with a later day."},
	signing.CauseNotADocument:     {"What the signature service gave as a document is none.", "It is asked again by itself."},
	"signature.unauthorized":      {"The signature service does not accept the API key.", unasked},
	"signature.forbidden":         {"The API key of the signature service may not do this.", unasked},
	"signature.payment":           {"The signature service asks for payment.", unasked},
	"signature.address":           {"What answers at SIGNATURE_URL is not the signature service.", unasked},
	"signature.tls":               {"The signature service's certificate is not accepted.", unasked},
	"signature.dns":               {"The name in SIGNATURE_URL cannot be resolved.", unasked},
	"signature.proxy":             {"The proxy on the way to the signature service asks for a log-in.", unasked},
	"mail.unauthorized":           {"The mail service does not accept the log-in or API key.", unmailed},
	"mail.sender_refused":         {"The mail service takes no notifications from the address in MAIL_FROM.", unmailed},
	"mail.settings":               {"The mail service does not take notifications as they are handed to it.", unmailed},
	"mail.unreachable":            {"The mail service cannot be reached.", unmailed},
	"mail.limited":                {"The mail service takes no more notifications for a while.", "They go out by themselves, later."},
	"mail.unrecorded":             {"A notification could not be noted before it was to go out.", "It is tried again by itself."},
	"mail.never_taken":            {"The mail service turned out not to have a notification.", "It is sent again by itself."},
	"mail.address_refused":        {"A recipient's address does not exist, or takes no notifications.", "They get no notification. Correct the address, or set the notification aside."},
	"mail.mailbox_full":           {"A recipient's mailbox is full.", "The notification is tried again by itself for a day; after that, somebody has to decide."},
	"mail.deferred":               {"The mail service does not take a notification at the moment.", "It is tried again by itself for a day; after that, somebody has to decide."},
	"mail.too_large":              {"A notification is too large for its recipient.", "Its recipient does not have it, and can fetch the document from the contract's page."},
	"mail.content_refused":        {"The mail service refused what stands in a notification.", "Its recipient does not have it."},
	"mail.unwritten":              {"A notification could not be written.", "Its recipient does not have it."},
}

// wordingOf is what a cause means. One that came later than this program is known by its kind.
func wordingOf(cause string) wording {
	if m, known := wordings[cause]; known {
		return m
	}
	kind, _, _ := strings.Cut(cause, ".")
	switch kind {
	case "signature":
		return wording{"Something failed at the signature service.", "It is tried again by itself."}
	case "mail":
		return wording{"A notification could not be handed to the mail service.", "Its recipient does not have it."}
	}
	return wording{"Something does not go on.", "It is looked at again by itself."}
}

// needPeople are the causes against which another try does nothing: people have to settle them among themselves, or elsewhere.
var needPeople = map[string]bool{
	lifecycle.CauseMailUnclear: true, lifecycle.CauseSignedLate: true, lifecycle.CauseSecondRequest: true, lifecycle.CauseNotSignedAgain: true,
}

// remediesOf are the actions that may help against a trouble of a contract.
func remediesOf(c contract.Contract, t contract.Trouble) []string {
	notification := lifecycle.NotificationOf(c, t)
	switch {
	case t.Stops:
		return actions(lifecycle.Retry, lifecycle.Cancel)
	case t.Cause == lifecycle.CauseOverdue:
		return actions(lifecycle.Retry)
	case notification != nil && notification.Refused != "" && correctable(c, *notification):
		return actions(lifecycle.CorrectAddress, lifecycle.SendAgain, lifecycle.SetAside)
	case notification != nil && (notification.Refused != "" || !notification.UnclearSince.IsZero()):
		return actions(lifecycle.SendAgain, lifecycle.SetAside)
	case needPeople[t.Cause]:
		return actions(lifecycle.SetAside)
	}
	return actions(lifecycle.Retry, lifecycle.SetAside)
}

// correctable reports whether a notification goes to an address that its contract's owner can correct.
func correctable(c contract.Contract, l contract.Notification) bool {
	return l.Recipient != contract.ToOwner && lifecycle.Correctable(c)
}

// remediesForAll are the actions that may help against a cause, done for all of its contracts at once.
func remediesForAll(c persistclient.Cause) []string {
	switch {
	case needPeople[c.Cause]:
		return actions(lifecycle.SetAside)
	case c.Cause == lifecycle.CauseOverdue, c.Stopped == c.Contracts:
		return actions(lifecycle.Retry)
	}
	return actions(lifecycle.Retry, lifecycle.SetAside)
}

func actions(list ...lifecycle.Action) []string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = string(a)
	}
	return names
}
