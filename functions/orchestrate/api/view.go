package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/paraphe/paraphe/functions/orchestrate/input"
	"github.com/paraphe/paraphe/functions/orchestrate/rest"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// ContractView is a contract as clients see it.
type ContractView struct {
	ID            contract.ID                   `json:"id"`
	Status        contract.Status               `json:"status"`
	Title         string                        `json:"title"`
	Template      string                        `json:"template"`
	Language      string                        `json:"language"`
	Owner         ownerView                     `json:"owner"`
	Ordered       bool                          `json:"ordered"`
	Deadline      string                        `json:"deadline"` // the last day on which it may be signed
	CreatedAt     time.Time                     `json:"created_at"`
	UpdatedAt     time.Time                     `json:"updated_at"`
	SentAt        time.Time                     `json:"sent_at,omitzero"`
	DueAt         time.Time                     `json:"due_at,omitzero"`
	Version       int64                         `json:"version"`
	Signers       []signerView                  `json:"signers"`
	Data          json.RawMessage               `json:"data"` // null in a list, where an administrator is shown the outline
	Documents     map[string]*contract.Document `json:"documents"`
	Notifications []contract.Notification       `json:"notifications"`
	Attention     string                        `json:"attention,omitempty"` // the first of the troubles that nobody set aside, in words
	Troubles      []TroubleView                 `json:"troubles"`
	DeadLetters   []string                      `json:"dead_letters"`          // the ids of events about it that could not be delivered
	RemindedAt    time.Time                     `json:"reminded_at,omitzero"`  // when the last notification went out that asked somebody to sign
	RemindAfter   time.Time                     `json:"remind_after,omitzero"` // from when the next reminder may; absent if nobody can be reminded
	CancelWanted  bool                          `json:"cancel_wanted"`
	Actions       []string                      `json:"actions"` // what the caller may do at this moment
}

// ownerView names who made the contract. Their address is in the notifications, and not here.
type ownerView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// signerView is a signer as clients see them.
type signerView struct {
	ID        string               `json:"id"`
	FirstName string               `json:"first_name"`
	LastName  string               `json:"last_name"`
	Email     string               `json:"email,omitempty"`
	Phone     string               `json:"phone,omitempty"`
	Locale    string               `json:"locale,omitempty"`
	State     contract.SignerState `json:"state"`
	SignedAt  time.Time            `json:"signed_at,omitzero"`
}

// viewOf shows a contract to whoever asked for it. What they are not to see is not in what persist answered: nothing is
// left out here.
func viewOf(v persistclient.View, now time.Time) ContractView {
	view := ContractView{
		ID: v.ID, Status: v.Status, Title: v.Title, Template: v.Template, Language: v.Language,
		Owner: ownerView{v.Owner, v.OwnerName}, Ordered: v.Ordered, Deadline: input.DeadlineDay(v.Deadline),
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, SentAt: v.SentAt, DueAt: v.DueAt, Version: v.Version,
		Signers: []signerView{}, Data: v.Data, Documents: documentsOf(v.Contract), Notifications: append([]contract.Notification{}, v.Notifications...),
		Troubles: troublesOf(v), DeadLetters: append([]string{}, v.DeadLetters...),
		CancelWanted: v.CancelWanted, Actions: lifecycle.Actions(v.Contract, v.Relation, now),
	}
	view.Attention = attentionOf(view.Troubles)
	if v.Relation.Owner || v.Relation.Administrator { // whoever is shown some notifications only cannot tell
		view.RemindedAt, view.RemindAfter = lifecycle.NextReminder(v.Contract)
	}
	for _, s := range v.Signers {
		view.Signers = append(view.Signers, viewOfSigner(s, v.PersonOf(s.ID)))
	}
	return view
}

func viewOfSigner(s contract.Signer, p *persistclient.Person) signerView {
	if p == nil {
		p = &persistclient.Person{}
	}
	return signerView{
		ID: s.ID, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phone: p.Phone, Locale: p.Locale,
		State: s.State, SignedAt: s.SignedAt,
	}
}

// documentsOf names the documents that there are, as the API's version parameter does.
func documentsOf(c contract.Contract) map[string]*contract.Document {
	documents := map[string]*contract.Document{}
	for name, d := range map[string]*contract.Document{"draft": c.Document, "signed": c.SignedCopy, "proof": c.Proof} {
		if d != nil {
			documents[name] = d
		}
	}
	return documents
}

// show answers with the contract as the caller sees it.
func (a *API) show(c rest.Call, status int, v persistclient.View) error {
	c.W.Header().Set("ETag", etag(v.Version))
	function.WriteJSON(c.W, status, viewOf(v, a.Now()))
	return nil
}

// etag is the version in quotes: every write counts it up, so it changes whenever the contract does.
func etag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// unchanged reports whether the client has what the tag names already (RFC 9110 §13.1.2: a weak comparison).
func unchanged(r *http.Request, tag string) bool {
	for given := range strings.SplitSeq(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		given = strings.TrimSpace(given)
		if given == "*" || strings.TrimPrefix(given, "W/") == tag {
			return true
		}
	}
	return false
}
