package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit/timeouts"
	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// mailing is a stack whose clock ticks all the time, so that whatever is due is done, and whose owner's contracts are told
// apart by whom they invite.
type mailing struct{ *scene }

func openMailing(t *testing.T, change func(*devstack.Options)) mailing {
	t.Helper()
	o := open(t, func(o *devstack.Options) {
		o.ClockEvery = 500 * time.Millisecond
		o.Settings = map[string]string{"SENDGRID_SEARCH_AFTER": "2s"}
		if change != nil {
			change(o)
		}
	})
	m := mailing{&scene{Stack: o, tokens: map[string]string{}, ids: map[string]string{}}}
	m.logIn(t, "its owner", o.Run.Accounts[0].Email, o.Run.Accounts[0].Password)
	return m
}

// mailed is how a contract of one signer stands, as its owner is shown it.
type mailed struct {
	Status        string `json:"status"`
	Notifications []struct {
		Notification string    `json:"kind"`
		SentAt       time.Time `json:"sent_at"`
		Refused      string    `json:"refused"`
	} `json:"notifications"`
	Troubles []trouble `json:"troubles"`
}

// trouble is something about a contract that does not go on.
type trouble struct {
	About, Cause string
	Ours         bool
	NextTry      time.Time `json:"next_try"` // zero if a person must act
}

func (m mailing) stands(t *testing.T, id string) (s mailed) {
	t.Helper()
	got := m.ask(t, "its owner", "GET", "/v1/contracts/"+id, "")
	if err := json.Unmarshal([]byte(got.body), &s); err != nil {
		t.Fatalf("%d %s", got.status, got.body)
	}
	return s
}

func (s mailed) invited() bool {
	return len(s.Notifications) > 0 && !s.Notifications[0].SentAt.IsZero()
}

func (s mailed) has(cause string) bool {
	return slices.ContainsFunc(s.Troubles, func(t trouble) bool { return t.Cause == cause })
}

// invites sends a contract to one signer.
func (m mailing) invites(t *testing.T, email string) (id string) {
	t.Helper()
	id = m.make(t, "its owner", email)
	if got := m.ask(t, "its owner", "POST", "/v1/contracts/"+id+"/send", ""); got.status != http.StatusAccepted {
		t.Fatalf("send: %d %s", got.status, got.body)
	}
	return id
}

// copies is how many notifications lie in somebody's mailbox.
func (m mailing) copies(t *testing.T, email string) int {
	t.Helper()
	mails, err := scenario.Mails(t.Context(), m.Run.Mailbox, email)
	if err != nil {
		t.Fatal(err)
	}
	return len(mails)
}

// awaits waits, as long as a scenario may take, until a contract stands so.
func (m mailing) awaits(t *testing.T, what, id string, so func(mailed) bool) {
	t.Helper()
	ctx, cancel := timeouts.Context(t.Context(), tale)
	defer cancel()
	asked := time.NewTicker(200 * time.Millisecond)
	defer asked.Stop()
	for {
		s := m.stands(t, id)
		if so(s) {
			return
		}
		select {
		case <-asked.C:
		case <-ctx.Done():
			t.Fatalf("it did not happen that %s: %+v", what, s)
		}
	}
}

// A mail service that takes every notification and then answers 500, or cuts the connection, is given each notification once: its
// search shows that it has them.
func TestANotificationThatWasTakenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	m.Mailbox().Misbehave(mailbox.Faults{Next: []mailbox.Fault{mailbox.CutsLate, mailbox.FailsLate}, Then: mailbox.FailsLate})
	ids := map[string]string{}
	for n := range 4 {
		to := fmt.Sprintf("taken%d@example.org", n)
		ids[to] = m.invites(t, to)
	}
	for to, id := range ids {
		m.awaits(t, "an unclear notification is shown", id, func(s mailed) bool { return s.has("mail.unclear") || s.invited() })
		m.awaits(t, "it is found", id, func(s mailed) bool { return s.invited() && !s.has("mail.unclear") })
		if n := m.copies(t, to); n != 1 {
			t.Errorf("%s has %d copies", to, n)
		}
	}
	audited(t, m.Stack)
}

// Where the mail service cannot be asked a person is: only their word sends an unclear notification again.
func TestWhereNobodyKnowsAPersonDecides(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	m.Mailbox().Misbehave(mailbox.Faults{Then: mailbox.FailsLate, Search: mailbox.SearchNotBought})
	id := m.invites(t, "who@example.org")
	m.awaits(t, "an unclear notification is shown", id, func(s mailed) bool { return s.has("mail.unclear") })
	m.Mailbox().Misbehave(mailbox.Faults{Search: mailbox.SearchNotBought})
	other := m.invites(t, "other@example.org")
	m.awaits(t, "others are written to meanwhile", other, mailed.invited)
	m.ask(t, "its owner", "POST", "/v1/contracts/"+id+"/retry", "")
	eventually(t, "everything that followed is done", func() bool { return m.Broker().Pending() == 0 })
	if s := m.stands(t, id); m.copies(t, "who@example.org") != 1 || !s.has("mail.unclear") || s.invited() {
		t.Errorf("%d copies by themselves; %+v", m.copies(t, "who@example.org"), s)
	}
	about := m.stands(t, id).Troubles[0].About
	again := func() int {
		return m.ask(t, "its owner", "POST", "/v1/contracts/"+id+"/send-again", fmt.Sprintf(`{"about":%q}`, about)).status
	}
	if status := again(); status != http.StatusAccepted {
		t.Fatalf("send again: %d", status)
	}
	m.awaits(t, "it is sent again", id, func(s mailed) bool { return s.invited() && len(s.Troubles) == 0 })
	if status, n := again(), m.copies(t, "who@example.org"); status != http.StatusConflict || n != 2 {
		t.Errorf("%d copies; a second time: %d", n, status)
	}
}

// Every mail.sent is lost on its way through the broker. What came of a notification was told to persist before.
func TestALostReportDoublesNoNotification(t *testing.T) {
	t.Parallel()
	m := openMailing(t, func(o *devstack.Options) {
		o.Wrap = func(name string, address http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name == "persist" && strings.HasSuffix(r.Header.Get("Ce-Type"), "mail.sent") {
					w.WriteHeader(http.StatusAccepted)
					return
				}
				address.ServeHTTP(w, r)
			})
		}
	})
	end, err := patient(reporter(m.Stack, 1)).Play(within(t))
	if err != nil {
		t.Fatal(err)
	}
	assertNotifications(t.Context(), t, m.Stack, end.Contract, "zoe1@example.org")
}

// A revoked key is one fault of the installation: shown at once for every notification, and over by itself when it is mended.
func TestARevokedMailKeyIsShownAndOverByItself(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	m.Mailbox().Misbehave(mailbox.Faults{Then: mailbox.Revoked})
	ids := []string{m.invites(t, "key0@example.org"), m.invites(t, "key1@example.org")}
	for _, id := range ids {
		m.awaits(t, "the fault is shown", id, func(s mailed) bool {
			return len(s.Troubles) == 1 && s.Troubles[0].Cause == "mail.unauthorized" && s.Troubles[0].Ours
		})
	}
	m.logIn(t, "an administrator", m.Run.Accounts[2].Email, m.Run.Accounts[2].Password)
	if dead := m.ask(t, "an administrator", "GET", "/v1/dead-letters", ""); strings.Contains(dead.body, "mail.") {
		t.Errorf("dead letters: %s", dead.body)
	}
	m.Mailbox().Misbehave(mailbox.Faults{})
	for n, id := range ids {
		m.awaits(t, "it is sent by itself", id, func(s mailed) bool { return s.invited() && len(s.Troubles) == 0 })
		if copies := m.copies(t, fmt.Sprintf("key%d@example.org", n)); copies != 1 {
			t.Errorf("%d copies", copies)
		}
	}
	audited(t, m.Stack)
}

// send-mail is killed while the mail service has its notification and has not answered.
func TestANotificationWhoseWriterIsKilledGoesOutOnce(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	m.Mailbox().Misbehave(mailbox.Faults{Next: []mailbox.Fault{mailbox.HangsLate}})
	id := m.invites(t, "killed@example.org")
	eventually(t, "the notification is taken", func() bool { return m.copies(t, "killed@example.org") == 1 })
	m.Function("send-mail").Kill()
	m.awaits(t, "it is found", id, mailed.invited)
	if n := m.copies(t, "killed@example.org"); n != 1 {
		t.Errorf("%d copies", n)
	}
	audited(t, m.Stack)
}

// Each fault of the mail service alone, for as long as it takes to be met: every notification goes out once, by itself or by the
// word of a person, who is asked where the mail service could not be.
func TestWithEveryFaultOfTheMailServiceEachNotificationGoesOutOnce(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	ids, to := map[string]string{}, map[string]string{}
	invite := func(name string) {
		to[name] = fmt.Sprintf("fault%d@example.org", len(to))
		ids[name] = m.invites(t, to[name])
	}
	for name, f := range mailbox.EveryFault() {
		if f.Then == mailbox.None { // it is the search that fails
			f.Next = []mailbox.Fault{mailbox.FailsLate}
		}
		m.Mailbox().Misbehave(f)
		before := m.Mailbox().Asked()
		invite(name)
		eventually(t, name+" is met", func() bool { return m.Mailbox().Asked() > before })
	}
	m.Mailbox().Misbehave(mailbox.Faults{})
	invite("none")
	for name, id := range ids {
		m.awaits(t, name+" is over", id, func(s mailed) bool {
			return s.invited() && len(s.Troubles) == 0 || m.decides(t, id, to[name], s)
		})
		if copies := m.copies(t, to[name]); copies != 1 {
			t.Errorf("%s: %d copies", name, copies)
		}
	}
	audited(t, m.Stack)
}

// decides does what a person does about a notification that nobody can tell of any more: looks into the mailbox, and lets it be
// sent again if it is not there. It reports whether that was the end of it.
func (m mailing) decides(t *testing.T, id, to string, s mailed) bool {
	t.Helper()
	i := slices.IndexFunc(s.Troubles, func(t trouble) bool { return t.Cause == "mail.unclear" && t.NextTry.IsZero() })
	if i < 0 {
		return false
	}
	about, there := s.Troubles[i].About, m.copies(t, to) > 0
	action, body := "send-again", fmt.Sprintf(`{"about":%q}`, about)
	if there {
		action, body = "set-aside", fmt.Sprintf(`{"about":%q,"reason":"it is in the mailbox"}`, about)
	}
	if got := m.ask(t, "its owner", "POST", "/v1/contracts/"+id+"/"+action, body); got.status != http.StatusAccepted {
		t.Errorf("%s: %d %s", action, got.status, got.body)
	}
	return there
}
