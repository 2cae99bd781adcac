package api

import (
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TroubleView is something about a contract that does not go on, as clients see it.
type TroubleView struct {
	About       string    `json:"about"`
	Cause       string    `json:"cause"`            // a stable code
	Sentence    string    `json:"sentence"`         // the cause in English
	Consequence string    `json:"consequence"`      // what it means for the contract, in English
	Detail      string    `json:"detail,omitempty"` // what was answered; names fields, never values
	Since       time.Time `json:"since"`
	Last        time.Time `json:"last"`
	Tries       int       `json:"tries"`
	NextTry     time.Time `json:"next_try,omitzero"` // when it is tried again by itself; absent if a person must act
	Ours        bool      `json:"ours,omitempty"`    // a fault of the installation, which its operators put right
	Remedies    []string  `json:"remedies"`          // the actions that may help
	SetAsideAt  time.Time `json:"set_aside_at,omitzero"`
}

// troublesOf is what does not go on with a contract, and what takes too long.
func troublesOf(v persistclient.View) []TroubleView {
	troubles := v.Troubles
	if late := lifecycle.Overdue(v.Contract, v.Backoff); late != nil {
		troubles = append(troubles[:len(troubles):len(troubles)], *late)
	}
	views := []TroubleView{}
	for _, t := range troubles {
		m := wordingOf(t.Cause)
		view := TroubleView{
			About: t.About, Cause: t.Cause, Sentence: m.sentence, Consequence: m.consequence, Detail: t.Detail, Since: t.Since, Last: t.Last,
			Tries: t.Tries, Ours: t.Ours, SetAsideAt: t.SetAsideAt, Remedies: []string{}, NextTry: nextTry(v, t),
		}
		if t.SetAsideAt.IsZero() {
			view.Remedies = remediesOf(v.Contract, t)
		}
		views = append(views, view)
	}
	return views
}

// nextTry is when what a trouble is about is tried again by itself; zero if a person must act.
func nextTry(v persistclient.View, t contract.Trouble) time.Time {
	notification := lifecycle.NotificationOf(v.Contract, t)
	switch {
	case t.Stops, !t.SetAsideAt.IsZero():
		return time.Time{}
	case notification == nil:
		return v.DueAt
	case !lifecycle.StillWanted(v.Contract, *notification) && !lifecycle.IsAsked(*notification):
		return time.Time{}
	case notification.NextTry.After(v.DueAt):
		return notification.NextTry
	}
	return v.DueAt
}

// attentionOf puts the first trouble that nobody set aside into words.
func attentionOf(troubles []TroubleView) string {
	for _, t := range troubles {
		if t.SetAsideAt.IsZero() {
			return strings.TrimSpace(t.Sentence + " " + t.Detail)
		}
	}
	return ""
}
