// Package scenario plays one contract through the public interfaces: a manager creates and sends it, the customer gets an
// e-mail, reads, gets a code by SMS and signs, and both get the signed copy. `make demo` reports it, and the tests check it.
package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Addresses are the public addresses of a stack.
type Addresses struct {
	Page    string // the pages; the client API is at /api
	Signer  string // the signing pages, where their links cannot be reached from here; empty: as the links say
	Mailbox string
	Phone   string
}

// Account is who plays the manager.
type Account struct{ Email, Password string }

// Customer is who signs.
type Customer struct{ FirstName, LastName, Email, Phone, Locale string }

// Progress is one step that happened, and how long it took.
type Progress struct {
	Step string
	Took time.Duration
}

// Result is what a run came to.
type Result struct {
	Contract   string
	Title      string
	SignedPDF  []byte
	History    []Entry
	SendToMail time.Duration // from the request to send until the notification with the link lies in the mailbox
	SignToDone time.Duration // from the signature until the contract is completed
}

// Entry is a line of the history.
type Entry struct {
	Seq   int       `json:"seq"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	What  string    `json:"what"`
}

// Run plays one contract.
type Run struct {
	Addresses Addresses
	Manager   Account
	Signer    Customer
	Report    func(Progress) // called after every step; may be nil
	Patient   bool           // retries when a server does not answer, with the same idempotency key, as a person would
	Look      time.Duration  // between two polls; 0: as often as exact times need, which is load of its own
	Ends      Ending         // how the scenario ends; empty: by signing

	api       *client // as the manager
	signer    *client // as the customer, by the link
	contract  Contract
	end       Result
	sentAt    time.Time
	link      string
	page      string // the signature service's, for this signer
	stepsDone int    // steps that are over
}

// The steps of the scenario, in their order, as they are reported.
const (
	LoggedIn  = "the manager logs in"
	Drafted   = "makes a contract from a template"
	Sent      = "sends it"
	Mailed    = "the notification with the link lies in the mailbox"
	Opened    = "the customer opens the link and reads the PDF"
	PageOpen  = "opens the signing page"
	Signed    = "gets a code on the phone and signs"
	Completed = "the contract is completed"
	Copied    = "both have the signed copy by mail"
	Collected = "the signed PDF and the history are there"
)

// step is a part of the scenario.
type step struct {
	name string
	do   func(context.Context) error
}

func (t *Run) steps() []step {
	if t.Ends != BySigning {
		return t.stepsTo(t.Ends)
	}
	return []step{
		{LoggedIn, t.logIn},
		{Drafted, t.make},
		{Sent, t.send},
		{Mailed, t.awaitNotification},
		{Opened, t.read},
		{PageOpen, t.openPage},
		{Signed, t.sign},
		{Completed, t.awaitCompleted},
		{Copied, t.awaitCopies},
		{Collected, t.collect},
	}
}

// Play plays the scenario to its end, from where it stands. Its error names the step that failed.
func (t *Run) Play(ctx context.Context) (Result, error) {
	err := t.UpTo(ctx, "")
	return t.end, err
}

// UpTo plays the scenario until the step of this name is done.
func (t *Run) UpTo(ctx context.Context, last string) error {
	for _, s := range t.steps()[t.stepsDone:] {
		began := time.Now()
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		t.stepsDone++
		if t.Report != nil {
			t.Report(Progress{Step: s.name, Took: time.Since(began)})
		}
		if s.name == last {
			return nil
		}
	}
	return nil
}

// Next is another run by the same manager, who need not log in again.
func (t *Run) Next(signer Customer) *Run {
	return &Run{Addresses: t.Addresses, Manager: t.Manager, Signer: signer, Patient: t.Patient, Look: t.Look, Ends: t.Ends, api: t.api, stepsDone: 1}
}

// MoveTo goes on at other addresses, as after a restart; the manager logs in again.
func (t *Run) MoveTo(ctx context.Context, to Addresses) error {
	t.Addresses = to
	return t.logIn(ctx)
}

func (t *Run) logIn(ctx context.Context) error {
	t.api = &client{base: t.Addresses.Page + "/api", patient: t.Patient}
	return t.api.logIn(ctx, map[string]string{"email": t.Manager.Email, "password": t.Manager.Password})
}

// MakeManager creates the manager's account, as the administrator does.
func (t *Run) MakeManager(ctx context.Context, administrator Account) error {
	manager := User{Email: t.Manager.Email, Name: "Marie Lefèvre", Role: "manager", Password: t.Manager.Password, Locale: "fr"}
	return CreateUsers(ctx, t.Addresses.Page+"/api", administrator, t.Patient, manager)
}

// User is an account to create.
type User struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Password string `json:"password"`
	Locale   string `json:"locale"`
}

// CreateUsers creates accounts by the client API at base, as the administrator does. Existing ones stay as they are.
func CreateUsers(ctx context.Context, base string, administrator Account, patient bool, users ...User) error {
	by := &client{base: base, patient: patient}
	if err := by.logIn(ctx, map[string]string{"email": administrator.Email, "password": administrator.Password}); err != nil {
		return fmt.Errorf("log in as the administrator: %w", err)
	}
	for _, u := range users {
		err := by.post(ctx, "/v1/users", u, nil)
		var refused statusError
		if err != nil && !(errors.As(err, &refused) && refused.status == http.StatusConflict) {
			return fmt.Errorf("create the account %s: %w", u.Email, err)
		}
	}
	return nil
}

// make uses the template's own example as the contract's data.
func (t *Run) make(ctx context.Context) error {
	var template struct {
		Example json.RawMessage `json:"example"`
	}
	if err := t.api.get(ctx, "/v1/templates/service-agreement", &template); err != nil {
		return err
	}
	draft := map[string]any{
		"template": "service-agreement", "language": t.Signer.Locale, "title": "Refonte du site de vente en ligne", "data": template.Example,
		"deadline": time.Now().AddDate(0, 0, 30).Format(time.DateOnly),
		"signers": []map[string]string{{
			"first_name": t.Signer.FirstName, "last_name": t.Signer.LastName, "email": t.Signer.Email,
			"phone": t.Signer.Phone, "locale": t.Signer.Locale,
		}},
	}
	if err := t.api.post(ctx, "/v1/contracts", draft, &t.contract); err != nil {
		return err
	}
	t.end.Contract, t.end.Title = t.contract.ID, t.contract.Title
	return nil
}

func (t *Run) send(ctx context.Context) error {
	t.sentAt = time.Now()
	return t.api.post(ctx, "/v1/contracts/"+t.contract.ID+"/send", nil, nil)
}

// Do asks for an action on the contract as its owner, such as "cancel" or "retry".
func (t *Run) Do(ctx context.Context, action string) error {
	return t.api.post(ctx, "/v1/contracts/"+t.contract.ID+"/"+action, nil, nil)
}

// Request changes something about the contract as its owner: what is asked for is the last part of the path.
func (t *Run) Request(ctx context.Context, method, what string, about any) error {
	body, err := json.Marshal(about)
	if err != nil {
		return err
	}
	_, err = t.api.do(ctx, method, "/v1/contracts/"+t.contract.ID+"/"+what, body)
	return err
}

// Current is the contract as its owner sees it.
func (t *Run) Current(ctx context.Context) (Contract, error) {
	var now Contract
	return now, t.api.get(ctx, "/v1/contracts/"+t.contract.ID, &now)
}

func (t *Run) awaitNotification(ctx context.Context) error {
	mail, err := t.awaitMail(ctx, t.Signer.Email, "invitation")
	if err != nil {
		return t.explain(ctx, err)
	}
	t.end.SendToMail = time.Since(t.sentAt)
	t.link, err = mail.link("/sign#")
	return err
}

// explain adds what the contract waits for, which is where to look when something does not come.
func (t *Run) explain(ctx context.Context, err error) error {
	var now Contract
	if asked := t.api.get(context.WithoutCancel(ctx), "/v1/contracts/"+t.contract.ID, &now); asked != nil {
		return err
	}
	return fmt.Errorf("%w (the contract is %s; attention: %q)", err, now.Status, now.Attention)
}
