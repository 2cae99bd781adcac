package orchestrate

import (
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/record"
)

// troubleView is something about a contract that does not go on, as clients see it.
type troubleView struct {
	About      string    `json:"about"`
	Cause      string    `json:"cause"`            // a stable code
	Sentence   string    `json:"sentence"`         // the cause in English
	Detail     string    `json:"detail,omitempty"` // what was answered; names fields, never values
	Since      time.Time `json:"since"`
	Last       time.Time `json:"last"`
	Tries      int       `json:"tries"`
	NextTry    time.Time `json:"next_try,omitzero"` // when it is tried again by itself; absent if a person must act
	Remedies   []string  `json:"remedies"`          // the actions that may help
	SetAsideAt time.Time `json:"set_aside_at,omitzero"`
}

// sentences says each cause in words.
var sentences = map[string]string{
	lifecycle.CauseDocumentRefused: "The document cannot be drawn.",
	lifecycle.CauseGone:            "The signature service does not have the request any more.",
	lifecycle.CauseNotFound:        "The signature service does not know the request. Is its API key that of another workspace?",
	lifecycle.CauseGivenUp:         "The signature service gave the request up: it could not go on with it.",
	lifecycle.CauseSecondRequest:   "The signature service holds a second request for this contract.",
	lifecycle.CauseSignedLate:      "Everyone signed, although the contract had ended.",
	lifecycle.CauseNotSignedAgain:  "The signature service does not say any more that everyone signed.",
	lifecycle.CauseMailRefused:     "The mail service refused a letter for good.",
	lifecycle.CauseMailUnclear:     "Nobody knows whether a letter went out: the mail service broke off.",
	lifecycle.CauseUndeliverable:   "An event could not be delivered.",
	lifecycle.CauseOverdue:         "It takes longer than it should.",
	causeRejected:                  "The signature service refused the contract.",
	causeDeadline:                  "Its last day passed before it was sent.",
	"signature.unauthorized":       "The signature service does not accept the API key.",
	"signature.forbidden":          "The API key of the signature service may not do this.",
	"signature.payment":            "The signature service asks for payment.",
	"signature.address":            "What answers at SIGNATURE_URL is not the signature service.",
	"signature.tls":                "The signature service's certificate is not accepted.",
	"signature.dns":                "The name in SIGNATURE_URL cannot be resolved.",
	"signature.proxy":              "The proxy on the way to the signature service asks for a log-in.",
	"mail.unauthorized":            "The mail service does not accept the log-in or API key.",
}

func sentenceOf(cause string) string {
	if s, known := sentences[cause]; known {
		return s
	}
	service, _, _ := strings.Cut(cause, ".")
	switch service {
	case "signature":
		return "Something failed at the signature service."
	case "mail":
		return "A letter could not be handed to the mail service."
	}
	return "Something does not go on."
}

// remediesOf are the actions that may help against a trouble.
func remediesOf(t contract.Trouble) []string {
	switch {
	case t.Cause == lifecycle.CauseMailUnclear, t.Cause == lifecycle.CauseMailRefused:
		return []string{string(lifecycle.SendAgain), string(lifecycle.SetAside)}
	case t.Cause == lifecycle.CauseSignedLate:
		return []string{string(lifecycle.SetAside)}
	case t.Stops:
		return []string{string(lifecycle.Retry), string(lifecycle.Cancel)}
	case t.Cause == lifecycle.CauseOverdue:
		return []string{string(lifecycle.Retry)}
	}
	return []string{string(lifecycle.Retry), string(lifecycle.SetAside)}
}

// troublesOf is what does not go on with a contract, and what takes too long.
func troublesOf(v record.View) []troubleView {
	troubles := v.Troubles
	if late := lifecycle.Overdue(v.Contract, v.Nudges); late != nil {
		troubles = append(troubles[:len(troubles):len(troubles)], *late)
	}
	views := []troubleView{}
	for _, t := range troubles {
		view := troubleView{
			About: t.About, Cause: t.Cause, Sentence: sentenceOf(t.Cause), Detail: t.Detail, Since: t.Since, Last: t.Last,
			Tries: t.Tries, SetAsideAt: t.SetAsideAt, Remedies: remediesOf(t),
		}
		if !t.Stops && t.SetAsideAt.IsZero() && t.Cause != lifecycle.CauseMailRefused && t.Cause != lifecycle.CauseMailUnclear {
			view.NextTry = v.DueAt
		}
		views = append(views, view)
	}
	return views
}

// attentionOf puts the first trouble that nobody set aside into words.
func attentionOf(troubles []troubleView) string {
	for _, t := range troubles {
		if t.SetAsideAt.IsZero() {
			return strings.TrimSpace(t.Sentence + " " + t.Detail)
		}
	}
	return ""
}
