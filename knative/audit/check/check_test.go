package check

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const (
	drawn      = "d000000000000000000000000000000000000000000000000000000000000000"
	invitation = "invitation/1/ana"
)

// entry is a line of a history that is being made up, before it is chained.
type entry struct{ actor, what, detail string }

// usualHistory is how a contract comes to wait for its signer.
var usualHistory = []entry{
	{"person:p", "contract.drafted", `{"status":"draft"}`},
	{"person:p", "action.send", `{"attempt":1,"status":"preparing"}`},
	{"function:generate-doc", "document.generated", `{"document":{"sha256":"` + drawn + `","size":9},"event":"e1"}`},
	{"function:orchestrate", "signature.opened", `{"attempt":1,"event":"e2","status":"sent"}`},
	{"function:send-mail", "mail.sent", `{"event":"e3","kind":"invitation","sequence":1,"recipient":"ana"}`},
}

// chained makes a history of entries as docs/reliability.md describes it: an oracle beside the program's own code.
func chained(id contract.ID, entries []entry) (history []persistclient.Entry, head string) {
	head = digestOf(string(id))
	for i, e := range entries {
		at := noon.Add(time.Duration(i-len(entries)) * time.Second)
		var detail any
		if err := json.Unmarshal([]byte(e.detail), &detail); err != nil {
			panic(err) // a constant of this test
		}
		text, _ := json.Marshal(map[string]any{"seq": i + 1, "at": at.Format("2006-01-02T15:04:05.000000Z"), "actor": e.actor, "what": e.what, "detail": detail})
		hash := digestOf(head + string(text))
		history = append(history, persistclient.Entry{
			Seq: int64(i + 1), At: at, Actor: e.actor, What: e.what, Detail: json.RawMessage(e.detail), PreviousHash: head, Hash: hash,
		})
		head = hash
	}
	return history, head
}

// sound is a contract that waits for its signer, with everything as it must be.
func sound() dossier {
	document := &contract.Document{SHA256: drawn, Size: 9}
	due := noon.Add(time.Minute)
	d := dossier{
		contract: contract.Contract{
			ID: "c", Version: 5, Status: contract.Sent, Owner: "p", Document: document, Deadline: noon.AddDate(0, 1, 0), UpdatedAt: noon.Add(-time.Second),
			Signers:       []contract.Signer{{ID: "ana", State: contract.Invited}},
			Request:       &contract.Request{Attempt: 1, State: contract.Open, ID: "r"},
			Notifications: []contract.Notification{{Kind: contract.Invitation, Sequence: 1, Recipient: "ana", SentAt: noon}},
		},
		row: row{dueAt: &due, seq: 5, causes: []string{}}, now: noon, inboxOf: true,
		attempts:      []attempt{{number: 1, digest: digestOf("p1.token"), request: "r", state: "open", unsettled: true}},
		notifications: []notificationRow{{invitation, "sent"}}, signers: []string{"ana"},
		files: map[string]file{drawn: {size: 9}}, words: map[int64]string{},
	}
	d.history, d.row.head = chained(d.contract.ID, usualHistory)
	return d
}

// withHistory replaces what happened, and keeps the chain whole.
func withHistory(d *dossier, entries ...entry) {
	d.history, d.row.head = chained(d.contract.ID, entries)
	d.row.seq = int64(len(entries))
}

func TestAConsistentContractHasNoFindings(t *testing.T) {
	t.Parallel()
	for _, f := range judge(sound(), Usual) {
		t.Error(f)
	}
}

// Each of these is a sound contract with one thing changed, which exactly the rules that are named must find.
func TestEveryRuleFindsItsDefect(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for name, row := range map[string]struct {
		change func(*dossier)
		rules  string
	}{
		"an entry was changed":    {func(d *dossier) { d.history[2].Actor = "person:x" }, "chain"},
		"an entry was taken away": {func(d *dossier) { d.history = append(d.history[:2:2], d.history[3:]...) }, "chain documents"},
		"the end was cut off":     {func(d *dossier) { d.history = d.history[:4] }, "chain notifications"},
		"words were exchanged":    {func(d *dossier) { d.words[2] = "another" }, "chain"},
		"moved behind its end": {func(d *dossier) {
			withHistory(d, append(usualHistory[:5:5], entry{"function:orchestrate", "signature.checked", `{"status":"cancelled","event":"e"}`}, entry{"function:orchestrate", "signature.checked", `{"status":"sent","event":"e"}`})...)
		}, "status"},
		"moved as no rule does": {func(d *dossier) {
			withHistory(d, append(usualHistory[:1:1], entry{"person:p", "action.send", `{"status":"signed"}`}, usualHistory[2], usualHistory[3], usualHistory[4])...)
		}, "status"},
		"its row says otherwise":     {func(d *dossier) { d.contract.Status = contract.Signed }, "status"},
		"a document is gone":         {func(d *dossier) { d.files = nil }, "documents"},
		"a document is shorter":      {func(d *dossier) { d.files[drawn] = file{size: 8} }, "documents"},
		"a document is another":      {func(d *dossier) { d.files[drawn] = file{size: 9, whole: new(bool)} }, "documents"},
		"a file that nobody names":   {func(d *dossier) { d.files["ff"] = file{size: 1} }, "documents"},
		"the contract names another": {func(d *dossier) { d.contract.Document = &contract.Document{SHA256: "ff", Size: 9} }, "documents"},
		"a signer is gone":           {func(d *dossier) { d.signers = nil }, "people"},
		"a notification twice":       {func(d *dossier) { withHistory(d, append(usualHistory[:5:5], usualHistory[4])...) }, "notifications"},
		"decided on twice": {func(d *dossier) {
			d.contract.Notifications = append(d.contract.Notifications, d.contract.Notifications[0])
		}, "notifications"},
		"a notification that was never sent": {func(d *dossier) { withHistory(d, usualHistory[:4]...); d.notifications = nil }, "notifications"},
		"a notification that nobody wanted":  {func(d *dossier) { d.notifications = append(d.notifications, notificationRow{"late/1/ana", "sent"}) }, "notifications"},
		"two open attempts": {func(d *dossier) {
			d.attempts = append(d.attempts, attempt{number: 2, state: "open", unsettled: true, request: "r"})
			d.contract.Request.Attempt = 2
		}, "attempts"},
		"an attempt that is not known": {func(d *dossier) { d.contract.Request = nil }, "attempts"},
		"another request on record":    {func(d *dossier) { d.attempts[0].request = "s" }, "attempts"},
		"open, and due never":          {func(d *dossier) { d.row.dueAt = nil }, "attempts due"},
		"due long ago":                 {func(d *dossier) { at(d, -time.Hour) }, "late"},
		"to be asked a while ago":      {func(d *dossier) { at(d, -time.Hour); d.row.routine = true }, ""},
		"to be asked yesterday":        {func(d *dossier) { at(d, -24*time.Hour); d.row.routine = true }, "late"},
		"due next week":                {func(d *dossier) { at(d, 7*24*time.Hour) }, "ahead"},
		"nothing followed":             {func(d *dossier) { nothingFollowed(d) }, "unsaid"},
		"what was heard is forgotten":  {func(d *dossier) { d.inboxOf = false }, "unsaid"},
		"listed for nothing":           {func(d *dossier) { d.row.causes = []string{"signature.rejected"} }, "causes"},
		"a trouble that is not listed": {func(d *dossier) { d.contract.Troubles = []contract.Trouble{{Cause: "signature.tls"}} }, "causes"},
		"signed, and waits for nobody": {func(d *dossier) { waitsForNothing(d) }, "stuck"},
		"overdue, which is listed":     {func(d *dossier) { d.row.causes = []string{lifecycle.CauseOverdue} }, ""},
		"sent again because one said so": {func(d *dossier) {
			withHistory(d, append(usualHistory[:5:5], entry{"person:p", "action.send_again", `{"about":"mail/invitation/1/ana","status":"sent"}`}, usualHistory[4])...)
		}, ""},
	} {
		d := sound()
		row.change(&d)
		rules := []string{}
		for _, f := range judge(d, Usual) {
			if tried[f.Rule] = true; !strings.Contains(strings.Join(rules, " "), f.Rule) {
				rules = append(rules, f.Rule)
			}
			if f.Contract != "c" || f.What == "" || f.Do == "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if got := strings.Join(rules, " "); got != row.rules {
			t.Errorf("%s: found by %q, want %q: %v", name, got, row.rules, judge(d, Usual))
		}
	}
	for _, r := range rules {
		if !tried[r.name] {
			t.Errorf("nothing here breaks the rule %s", r.name)
		}
	}
}

func at(d *dossier, ahead time.Duration) {
	due := noon.Add(ahead)
	d.row.dueAt = &due
}

// nothingFollowed is a contract that everyone signed: its copies were decided on and nobody was told to mail them.
func nothingFollowed(d *dossier) {
	withHistory(d, append(usualHistory[:4:4], entry{"function:orchestrate", "signature.checked", `{"event":"e","status":"signed","signed_copy":{"sha256":"` + drawn + `","size":9}}`})...)
	for i := range d.history {
		d.history[i].At = d.history[i].At.Add(-time.Hour)
	}
	rehash(d)
	at(d, -6*time.Minute)
	c := &d.contract
	c.Status, c.SignedCopy, c.Proof = contract.Signed, c.Document, c.Document
	c.Request.State, d.attempts[0].state, d.attempts[0].unsettled = contract.Closed, "closed", false
	c.Notifications, d.notifications = []contract.Notification{{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: contract.ToOwner}}, nil
}

// rehash chains the entries anew after their times were changed.
func rehash(d *dossier) {
	d.row.head = digestOf(string(d.contract.ID))
	for i, e := range d.history {
		var detail any
		_ = json.Unmarshal(e.Detail, &detail)
		text, _ := json.Marshal(map[string]any{"seq": e.Seq, "at": e.At.Format("2006-01-02T15:04:05.000000Z"), "actor": e.Actor, "what": e.What, "detail": detail})
		d.history[i].PreviousHash, d.history[i].Hash = d.row.head, digestOf(d.row.head+string(text))
		d.row.head = d.history[i].Hash
	}
}

// waitsForNothing is a contract with its copies mailed to everyone but one, who is not written to any more.
func waitsForNothing(d *dossier) {
	nothingFollowed(d)
	d.row.dueAt = nil
	d.contract.Notifications = nil
	for _, to := range []string{contract.ToOwner, "ana"} {
		d.contract.Notifications = append(d.contract.Notifications, contract.Notification{Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: to, Refused: "no"})
	}
}

func TestAFindingIsOneLineThatNamesContractAndRemedy(t *testing.T) {
	t.Parallel()
	f := Finding{Rule: "due", Contract: "abc", What: "it is sent, and nothing will look at it again", Do: "Press Retry"}
	if got := fmt.Sprint(f); got != "abc  due: it is sent, and nothing will look at it again. Press Retry" {
		t.Error(got)
	}
}
