package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// Action is what a person may ask for a contract that exists.
type Action string

const (
	Send      Action = "send"
	Remind    Action = "remind"
	Cancel    Action = "cancel"
	Retry     Action = "retry"
	SetAside  Action = "set_aside"  // leave what a trouble is about as it is
	SendAgain Action = "send_again" // a notification that was refused, or of which nobody knows whether it went out
	Sign      Action = "sign"       // nothing is written down until the signature service says so
)

// verbs say what is done to a contract.
var verbs = map[Action]string{
	Send: "send", Remind: "send reminders of", Cancel: "cancel", Retry: "retry", SetAside: "set anything aside of",
	SendAgain: "send notifications again of", CorrectAddress: "correct an address in",
}

// Request is an action with what it needs.
type Request struct {
	Action  Action
	Attempt int    // the number of the attempt that it brings a sealed token for; 0 if it brings none
	About   string // SetAside and SendAgain: what the trouble is about
	Cause   string // Retry and SetAside: every trouble of this cause, and no other
	Signer  string // CorrectAddress: whose
}

// Relation is what a person is to one contract.
type Relation struct {
	Owner         bool   `json:"owner,omitempty"`         // made it
	Administrator bool   `json:"administrator,omitempty"` // looks after what is stuck
	Signer        string `json:"signer,omitempty"`        // their signer id; empty if they do not sign it
}

// Refusal says why an action is not taken. A person who may never ask is told so; one who asks at the wrong time
// learns how the contract stands.
type Refusal struct {
	NotYours bool
	Why      string
}

func (r *Refusal) Error() string { return r.Why }

// permission says who may ask for what, from where, and what it makes of the contract.
type permission struct {
	Action Action
	From   []contract.Status
	Admin  bool // an administrator may, besides the owner
	WhyNot func(c contract.Contract, now time.Time) string
	Do     func(c *contract.Contract, r Request, at time.Time) error
}

// permissions is everything that a person may ask for a contract that exists.
var permissions = []permission{
	{Send, in(contract.Draft), false, whyNotSend, doSend},
	{Remind, in(contract.Sent), false, whyNotRemind, doRemind},
	{Cancel, in(contract.Draft, contract.Preparing, contract.Sent), false, whyNotCancel, doCancel},
	{Retry, contract.Statuses[1:], true, whyNotRetry, doRetry},
	{SetAside, contract.Statuses[1:], true, whyNotSetAside, doSetAside},
	{SendAgain, contract.Statuses[2:], true, whyNotSendAgain, doSendAgain},
	{CorrectAddress, in(contract.Sent, contract.Signed), false, whyNotCorrect, doCorrect},
}

// Authorize says why this person may not do this now, or nil if they may.
func Authorize(a Action, c contract.Contract, who Relation, now time.Time) *Refusal {
	i := slices.IndexFunc(permissions, func(p permission) bool { return p.Action == a })
	if i < 0 {
		return &Refusal{NotYours: true, Why: fmt.Sprintf("nobody may %s a contract", a)}
	}
	p := permissions[i]
	if !who.Owner && !(p.Admin && who.Administrator) {
		return &Refusal{NotYours: true, Why: "only its owner may " + verbs[a] + " this contract"}
	}
	if !slices.Contains(p.From, c.Status) {
		return &Refusal{Why: fmt.Sprintf("%s is possible only from %s", a, join(p.From))}
	}
	if why := p.WhyNot(c, now); why != "" {
		return &Refusal{Why: why}
	}
	return nil
}

// Perform does what a person asked for, if they may. Its error is a *Refusal.
func Perform(c contract.Contract, r Request, who Relation, at time.Time) (Change, error) {
	if no := Authorize(r.Action, c, who, at); no != nil {
		return Change{}, no
	}
	after := clone(c)
	i := slices.IndexFunc(permissions, func(p permission) bool { return p.Action == r.Action })
	if err := permissions[i].Do(&after, r, at); err != nil {
		return Change{}, err
	}
	complete(&after)
	dropMoot(&after)
	overtaken(&after)
	n := changed(c, after, at)
	n.Written = true // what a person asked for is on record even where it changes nothing
	return n, nil
}

// Actions is what this person may do with the contract at this moment.
func Actions(c contract.Contract, who Relation, now time.Time) []string {
	can := []string{}
	for _, p := range permissions {
		if Authorize(p.Action, c, who, now) == nil {
			can = append(can, string(p.Action))
		}
	}
	if who.Signer != "" && WhyNotSign(c, who.Signer) == "" {
		can = append(can, string(Sign))
	}
	return can
}

// NewAttempt is the number of the attempt that an action begins, or 0 if it begins none. What the signature service
// refused is tried as a new attempt, once it is sure that the service has nothing of the one before.
func NewAttempt(a Action, c contract.Contract) int {
	begins := a == Send && c.Status == contract.Draft ||
		a == Retry && c.Status == contract.Preparing && !c.CancelWanted && stateOf(c) == contract.NeverOpened
	if !begins {
		return 0
	}
	return Attempt(c) + 1
}

// begin begins the attempt that the request brings a token for.
func begin(c *contract.Contract, r Request) error {
	wanted := NewAttempt(r.Action, *c)
	if r.Attempt != wanted {
		return &Refusal{Why: fmt.Sprintf("attempt %d comes next, and not %d", wanted, r.Attempt)}
	}
	if wanted > 0 {
		c.Request = &contract.Request{Attempt: wanted, State: contract.Opening}
	}
	return nil
}

func whyNotSend(c contract.Contract, now time.Time) string {
	if !now.Before(c.Deadline) {
		return "its deadline has passed"
	}
	return ""
}

func doSend(c *contract.Contract, r Request, _ time.Time) error {
	if err := begin(c, r); err != nil {
		return err
	}
	move(c, contract.Preparing, sendAsked)
	return nil
}

func whyNotCancel(c contract.Contract, _ time.Time) string {
	if c.CancelWanted {
		return "it is being cancelled already"
	}
	return ""
}

// doCancel cancels at once what nobody outside can have seen. Afterwards the signature service has the last word:
// everyone may have signed a moment ago, and an attempt that is being opened must be settled first.
func doCancel(c *contract.Contract, _ Request, _ time.Time) error {
	unseen := c.Document == nil || c.Request.Settled() // without a document nothing was handed over
	if unseen && move(c, contract.Cancelled, cancelAsked) {
		if c.Request != nil && c.Request.State == contract.Opening {
			c.Request.State = contract.NeverOpened
		}
		c.Troubles = nil
		return nil
	}
	c.CancelWanted = true
	if c.Status == contract.Sent && c.Request.Settled() && move(c, contract.Cancelled, settled) {
		addNotifications(c, notices(*c, contract.CancelledNotice))
	}
	return nil
}

// join lists statuses as a sentence does.
func join(statuses []contract.Status) string {
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
