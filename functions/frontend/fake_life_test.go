package frontend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// fakeContract is a contract as clients see it, with what makes it move.
type fakeContract struct {
	ID            string            `json:"id"`
	Version       int               `json:"version"`
	Status        string            `json:"status"`
	Title         string            `json:"title"`
	Template      string            `json:"template"`
	Language      string            `json:"language"`
	Owner         map[string]string `json:"owner"`
	Ordered       bool              `json:"ordered"`
	Deadline      string            `json:"deadline"`
	CreatedAt     time.Time         `json:"created_at"`
	UpdatedAt     time.Time         `json:"updated_at"`
	SentAt        time.Time         `json:"sent_at,omitzero"`
	DueAt         time.Time         `json:"due_at,omitzero"`
	Signers       []fakeSigner      `json:"signers"`
	Data          json.RawMessage   `json:"data"`
	Documents     map[string]any    `json:"documents"`
	Notifications []map[string]any  `json:"notifications"`
	Attention     string            `json:"attention,omitempty"`
	Troubles      []map[string]any  `json:"troubles"`
	RemindedAt    time.Time         `json:"reminded_at,omitzero"`
	RemindAfter   time.Time         `json:"remind_after,omitzero"`
	DeadLetters   []string          `json:"dead_letters"`
	CancelWanted  bool              `json:"cancel_wanted"`
	Actions       []string          `json:"actions"`

	history    []map[string]any
	steps      int    // since the status changed
	confirming string // the signer whose signature the service has and has not told of
}

type fakeSigner struct {
	ID        string    `json:"id"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Email     string    `json:"email"`
	Phone     string    `json:"phone"`
	Locale    string    `json:"locale"`
	State     string    `json:"state"`
	SignedAt  time.Time `json:"signed_at,omitzero"`
}

// note writes a line of history.
func (c *fakeContract) note(at time.Time, actor, what string, detail map[string]any) {
	c.Version++
	c.UpdatedAt = at
	entry := map[string]any{"seq": len(c.history) + 1, "at": at, "actor": actor, "what": what}
	if detail != nil {
		entry["detail"] = detail
	}
	c.history = append(c.history, entry)
}

func (c *fakeContract) add(version string) {
	if c.Documents == nil {
		c.Documents = map[string]any{}
	}
	c.Documents[version] = map[string]any{"sha256": strings.Repeat("ab", 32), "size": 84213, "pages": 3}
}

// seen is the contract with what this role may do now.
func (f *fake) seen(c *fakeContract, role string) fakeContract {
	view := *c
	view.Deadline, _, _ = strings.Cut(c.Deadline, "T")
	may := map[string][]string{"draft": {"send", "cancel"}, "preparing": {"cancel"}, "sent": {"remind", "cancel", "retry", "correct_address"}, "signed": {"retry", "correct_address"}}
	view.Actions = slices.Clone(may[c.Status])
	if len(c.open()) > 0 {
		view.Actions = append(view.Actions, "retry", "set_aside", "send_again")
	}
	if !time.Time.IsZero(c.RemindAfter) && c.RemindAfter.After(f.now()) {
		view.Actions = slices.DeleteFunc(view.Actions, func(a string) bool { return a == "remind" })
	}
	switch role {
	case "manager":
	case "administrator":
		view.Actions = slices.DeleteFunc(view.Actions, func(a string) bool { return a != "retry" && a != "set_aside" && a != "send_again" })
	default:
		view.Actions, view.Troubles, view.RemindedAt, view.RemindAfter = nil, nil, time.Time{}, time.Time{}
	}
	if (role == "customer" || role == "signer") && c.Status == "sent" {
		view.Actions = []string{"sign"}
	}
	view.Troubles, view.Notifications, view.DeadLetters = append([]map[string]any{}, view.Troubles...), append([]map[string]any{}, view.Notifications...), []string{}
	if view.Documents == nil {
		view.Documents = map[string]any{}
	}
	return view
}

// step moves a contract that the system works on by one step.
func (f *fake) step(c *fakeContract) {
	c.steps++
	switch {
	case len(c.open()) > 0:
	case c.Status == "preparing" && c.Documents["draft"] == nil:
		c.add("draft")
		c.note(f.now(), "function:generate-doc", "document.generated", map[string]any{"document": map[string]any{"pages": 3}})
	case c.Status == "preparing" && c.steps > 2:
		f.sent(c)
	case c.Status == "sent" && c.confirming != "" && c.steps > 3:
		f.signed(c)
	case c.Status == "signed" && c.steps > 1:
		c.add("signed")
		c.add("proof")
		c.Status = "completed"
		c.note(f.now(), "function:persist", "mail.sent", map[string]any{"kind": "signed-copy", "recipient": "owner", "status": "completed"})
	}
}

func (f *fake) sent(c *fakeContract) {
	c.Status, c.SentAt, c.steps = "sent", f.now(), 0
	c.DueAt = f.now().Add(15 * time.Minute)
	c.note(f.now(), "function:orchestrate", "signature.opened", map[string]any{"status": "sent"})
	for i := range c.Signers {
		if i == 0 || !c.Ordered {
			c.Signers[i].State = "invited"
			c.Notifications = append(c.Notifications, map[string]any{"kind": "invitation", "sequence": 1, "recipient": c.Signers[i].ID, "sent_at": f.now()})
			c.note(f.now(), "function:send-mail", "mail.sent", map[string]any{"kind": "invitation", "recipient": c.Signers[i].ID})
		}
	}
}

func (f *fake) signed(c *fakeContract) {
	for i := range c.Signers {
		if c.Signers[i].ID == c.confirming {
			c.Signers[i].State, c.Signers[i].SignedAt = "signed", f.now()
		}
	}
	c.confirming, c.steps = "", 0
	c.note(f.now(), "function:orchestrate", "signature.checked", map[string]any{"state": "ongoing"})
	waiting := func(s fakeSigner) bool { return s.State != "signed" }
	if next := slices.IndexFunc(c.Signers, waiting); next >= 0 {
		c.Signers[next].State = "invited"
		return
	}
	c.Status = "signed"
	c.note(f.now(), "function:orchestrate", "signature.checked", map[string]any{"state": "done", "status": "signed"})
}

// smallPDF is one page with one line of text.
func smallPDF(text string) []byte {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) {
			return ' '
		}
		return r
	}, text)
	stream := "BT /F1 22 Tf 72 720 Td (" + ascii + ") Tj 0 -40 Td /F1 12 Tf (Between the provider and the client, the following is agreed.) Tj ET"
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(stream), stream), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	table := "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table, len(objects)+1, start)
	return b.Bytes()
}
