package orchestrate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/record"
)

// sign is what a signer may do. It is no wish: nothing is written down until the signature service says so.
const sign = "sign"

// standing is what a person is to one contract.
type standing struct {
	Owner         bool   // made it
	Administrator bool   // keeps what is stuck
	Signer        string // their signer id; empty if they do not sign it
}

// permission says who may wish what, and from where.
type permission struct {
	Kind  record.WishKind
	From  []contract.Status
	Admin bool // an administrator may, besides the owner
	Grant func(c contract.Contract, now time.Time) (w record.Wish, whyNot string)
}

// permissions is everything that a person may ask for a contract that exists.
var permissions = []permission{
	{record.Send, in(contract.Draft), false, grantSend},
	{record.Remind, in(contract.Sent), false, grantRemind},
	{record.Cancel, in(contract.Draft, contract.Preparing, contract.Sent), false, grantCancel},
	{record.Retry, contract.Statuses[1:], true, grantRetry},
}

// refusal says why a wish is not granted. A person who may never ask is told so; one who asks at the wrong time
// learns how the contract stands and what is possible.
type refusal struct {
	NotYours bool
	Why      string
}

// grant is what the API asks before anything is written down. It decides whether a wish is granted, and what is to be written down for it. The token of a new attempt is
// left empty: making it takes randomness.
func grant(kind record.WishKind, c contract.Contract, who standing, now time.Time) (record.Wish, *refusal) {
	i := slices.IndexFunc(permissions, func(p permission) bool { return p.Kind == kind })
	if i < 0 {
		return record.Wish{}, &refusal{NotYours: true, Why: fmt.Sprintf("nobody may %s a contract", kind)}
	}
	p := permissions[i]
	if !who.Owner && !(p.Admin && who.Administrator) {
		return record.Wish{}, &refusal{NotYours: true, Why: fmt.Sprintf("only its owner may %s this contract", kind)}
	}
	if !slices.Contains(p.From, c.Status) {
		why := fmt.Sprintf("%s is possible only from %s", kind, join(p.From))
		return record.Wish{}, &refusal{Why: why}
	}
	w, why := p.Grant(c, now)
	if why != "" {
		return record.Wish{}, &refusal{Why: why}
	}
	w.Kind, w.Version = kind, c.Version
	return w, nil
}

// actions is what this person may do with the contract at this moment.
func actions(c contract.Contract, who standing, now time.Time) []string {
	can := []string{}
	for _, p := range permissions {
		if _, no := grant(p.Kind, c, who, now); no == nil {
			can = append(can, string(p.Kind))
		}
	}
	if who.Signer != "" && whyNotSign(c, who.Signer) == "" {
		can = append(can, sign)
	}
	return can
}

// grantSend begins the first attempt. Whoever sends a draft twice is told that it is no draft any more.
func grantSend(c contract.Contract, now time.Time) (record.Wish, string) {
	if !now.Before(c.Deadline) {
		return record.Wish{}, "its deadline has passed"
	}
	move := moveTo(c, contract.Preparing, sendWished, "its owner sent it")
	return record.Wish{Move: move, Attempt: &record.Attempt{Number: attempt(c) + 1}}, ""
}

// grantCancel cancels at once what nobody outside has seen. Afterwards the signature service has the last word:
// everyone may have signed a moment ago.
func grantCancel(c contract.Contract, _ time.Time) (record.Wish, string) {
	if c.CancelWanted {
		return record.Wish{}, "it is being cancelled already"
	}
	if move := moveTo(c, contract.Cancelled, cancelWished, "its owner cancelled it"); move != nil {
		return record.Wish{Move: move}, ""
	}
	return record.Wish{Cancel: true}, ""
}

// grantRemind writes to all who are waited for. What paces it is that no letter may be on its way already.
func grantRemind(c contract.Contract, _ time.Time) (record.Wish, string) {
	if c.CancelWanted {
		return record.Wish{}, "it is being cancelled"
	}
	letters := reminders(c, allReminders)
	if len(letters) == 0 {
		return record.Wish{}, "nobody can be reminded: a letter is on its way, or each was reminded often enough"
	}
	return record.Wish{Letters: letters}, ""
}

// grantRetry tries again what did not work. What the signature service refused is tried as a new attempt: what it
// kept of the refused one is never gone on with, and never sent to anyone.
func grantRetry(c contract.Contract, _ time.Time) (record.Wish, string) {
	if c.Status.Final() && c.Attention == "" {
		return record.Wish{}, "it has ended and nothing is stuck"
	}
	if c.Status == contract.Preparing && c.Document != nil && !atService(c) && c.Attention != "" {
		return record.Wish{Attempt: &record.Attempt{Number: attempt(c) + 1}}, ""
	}
	return record.Wish{}, ""
}

// whyNotSign says why this signer cannot sign at this moment, or "".
func whyNotSign(c contract.Contract, signer string) string {
	s := c.Signer(signer)
	switch {
	case c.Status != contract.Sent || !atService(c):
		return "it does not wait for signatures"
	case c.CancelWanted:
		return "it is being cancelled"
	case s == nil:
		return "you are not one of its signers"
	case s.State == contract.HasSigned:
		return "you have signed it"
	case !maySignNow(c, signer):
		return "it is not your turn"
	}
	return ""
}

// join lists statuses as a sentence does.
func join(statuses []contract.Status) string {
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
