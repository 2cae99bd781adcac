package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paraphe/paraphe/knative/local/devstack"
	"github.com/paraphe/paraphe/knative/local/fakeyousign/faults"
	"github.com/paraphe/paraphe/knative/local/mailbox"
	"github.com/paraphe/paraphe/knative/local/scenario"
)

// cause is what needs attention for one cause, as it is listed.
type cause struct {
	Cause, Sentence, Consequence string
	Contracts                    int
	Since                        time.Time
	NextTry                      time.Time `json:"next_try"`
	Ours                         bool
	Remedies                     []string
}

// attention is what the owner is shown that needs somebody, by cause.
func (m mailing) attention(t *testing.T) map[string]cause {
	t.Helper()
	got := m.ask(t, "its owner", "GET", "/v1/attention", "")
	var list struct{ Items []cause }
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	byCause := map[string]cause{}
	for _, c := range list.Items {
		byCause[c.Cause] = c
	}
	return byCause
}

// retried is what it said of trying all contracts of a cause again.
func (m mailing) retried(t *testing.T, cause, query string) (out struct {
	Done, Left int
	Will       string
},
) {
	t.Helper()
	got := m.ask(t, "its owner", "POST", "/v1/attention/"+cause+"/retry"+query, "")
	if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.status != http.StatusOK {
		t.Fatalf("retry %s: %d %s", cause, got.status, got.body)
	}
	return out
}

// Two revoked keys are two lines, however many contracts wait, and both are gone once every contract has gone on by itself.
func TestRevokedKeysAreOneLineEachAndOverByThemselves(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	began := time.Now()
	m.Mailbox().Misbehave(mailbox.Faults{Then: mailbox.Revoked})
	var ids []string
	for n := range 3 {
		ids = append(ids, m.invites(t, fmt.Sprintf("unmailed%d@example.org", n)))
	}
	for _, id := range ids {
		m.awaits(t, "the mail key is refused", id, func(s mailed) bool { return s.has("mail.unauthorized") })
	}
	misbehave(t, m.Stack, faults.Plan{API: faults.APIFaults{Unauthorized: 1}})
	for n := range 2 {
		ids = append(ids, m.invites(t, fmt.Sprintf("unopened%d@example.org", n)))
		m.awaits(t, "the signature service's key is refused", ids[len(ids)-1], func(s mailed) bool { return s.has("signature.unauthorized") })
	}
	for name, want := range map[string]int{"mail.unauthorized": 3, "signature.unauthorized": 2} {
		c := m.attention(t)[name]
		if c.Contracts < want || !c.Ours || c.Since.Before(began) || c.NextTry.Before(began) || c.Sentence == "" || !slices.Contains(c.Remedies, "retry") {
			t.Errorf("%s: %+v", name, c)
		}
	}
	m.Mailbox().Misbehave(mailbox.Faults{})
	misbehave(t, m.Stack, faults.Plan{})
	for _, id := range ids {
		m.awaits(t, "it goes on by itself", id, func(s mailed) bool { return s.Status == "sent" && s.invited() && len(s.Troubles) == 0 })
	}
	if left := m.attention(t); len(left) != 0 {
		t.Errorf("still listed: %+v", left)
	}
	audited(t, m.Stack)
}

// signed is a contract that its customer has signed while the mail service takes nothing for them any more.
func (m mailing) signed(t *testing.T, n int) (fact *scenario.Run, id string) {
	t.Helper()
	ctx := within(t)
	fact = patient(reporter(m.Stack, n))
	if err := fact.UpTo(ctx, scenario.PageOpen); err != nil {
		t.Fatal(err)
	}
	m.Mailbox().Misbehave(mailbox.Faults{Refused: []string{fact.Signer.Email}})
	if err := fact.UpTo(ctx, scenario.Signed); err != nil {
		t.Fatal(err)
	}
	id = now(ctx, t, fact).ID
	m.awaits(t, "the dead address is shown", id, func(s mailed) bool { return s.Status == "signed" && s.has("mail.address_refused") })
	return fact, id
}

func TestASignedContractWithADeadAddressIsCompletedByCorrectingIt(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	_, id := m.signed(t, 1)
	var v struct{ Signers []struct{ ID string } }
	if err := json.Unmarshal([]byte(m.ask(t, "its owner", "GET", "/v1/contracts/"+id, "").body), &v); err != nil {
		t.Fatal(err)
	}
	path := "/v1/contracts/" + id + "/signers/" + v.Signers[0].ID
	for range 2 { // twice is once
		if got := m.ask(t, "its owner", "PATCH", path, `{"email":"right@example.org"}`); got.status != http.StatusOK {
			t.Fatalf("correct the address: %d %s", got.status, got.body)
		}
	}
	m.awaits(t, "the contract is completed", id, func(s mailed) bool { return s.Status == "completed" && len(s.Troubles) == 0 })
	if n, old := m.copies(t, "right@example.org"), m.copies(t, "zoe1@example.org"); n != 1 || old != 1 {
		t.Errorf("%d notifications to the right address, and %d to the old one", n, old)
	}
	if history := m.ask(t, "its owner", "GET", "/v1/contracts/"+id+"/history", "").body; !strings.Contains(history, "action.correct_address") || strings.Contains(history, "right@example.org") {
		t.Errorf("the history is %s", history)
	}
	audited(t, m.Stack)
}

func TestASignedContractWithADeadAddressIsCompletedBySettingItsNotificationAside(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	_, id := m.signed(t, 1)
	about := m.stands(t, id).Troubles[0].About
	if got := m.ask(t, "its owner", "POST", "/v1/contracts/"+id+"/set-aside", fmt.Sprintf(`{"about":%q,"reason":"handed over on paper"}`, about)); got.status != http.StatusAccepted {
		t.Fatalf("set aside: %d %s", got.status, got.body)
	}
	m.awaits(t, "the contract is completed", id, func(s mailed) bool { return s.Status == "completed" })
	if left := m.attention(t); len(left) != 0 {
		t.Errorf("still listed: %+v", left)
	}
	if n := m.copies(t, "zoe1@example.org"); n != 1 {
		t.Errorf("%d notifications to the dead address: the invitation alone was taken", n)
	}
	audited(t, m.Stack)
}

// An order that send-mail refuses as often as it is tried is shown beside its contract with send-mail's own words; trying
// again once send-mail can take it ends that.
func TestAnExhaustedEventIsShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	m := openMailing(t, func(o *devstack.Options) {
		o.Eventing = givesUpSoon(t)
		o.Wrap = func(name string, address http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name == "send-mail" && broken.Load() && strings.HasSuffix(r.Header.Get("Ce-Type"), "mail.send") {
					w.Header().Set("Content-Type", "application/problem+json")
					w.WriteHeader(http.StatusInternalServerError)
					_, _ = w.Write([]byte(`{"status":500,"detail":"the disk is full"}`))
					return
				}
				address.ServeHTTP(w, r)
			})
		}
	})
	id := m.invites(t, "exhausted@example.org")
	m.awaits(t, "it is shown that the order was given up", id, func(s mailed) bool { return s.has("event.undeliverable") })
	var v struct {
		Troubles      []struct{ About, Detail string }
		Notifications []string `json:"dead_letters"`
	}
	if err := json.Unmarshal([]byte(m.ask(t, "its owner", "GET", "/v1/contracts/"+id, "").body), &v); err != nil {
		t.Fatal(err)
	}
	if tr := v.Troubles[0]; !strings.HasPrefix(tr.About, "event/mail.send/invitation/1/") || tr.Detail != "the disk is full" || len(v.Notifications) != 1 {
		t.Errorf("%+v, beside the dead letters %v", v.Troubles, v.Notifications)
	}
	if c := m.attention(t)["event.undeliverable"]; c.Contracts != 1 {
		t.Errorf("listed: %+v", m.attention(t))
	}
	broken.Store(false)
	before, did := m.retried(t, "event.undeliverable", "?dry_run=true"), m.retried(t, "event.undeliverable", "")
	if before.Done != 1 || before.Will == "" || did.Done != 1 || did.Left != 0 {
		t.Errorf("said before %+v, did %+v", before, did)
	}
	m.awaits(t, "the notification goes out", id, func(s mailed) bool { return s.invited() && len(s.Troubles) == 0 })
	if n := m.copies(t, "exhausted@example.org"); n != 1 {
		t.Errorf("%d copies", n)
	}
}

// givesUpSoon is the project's eventing but for the retries of a delivery: two, after a second and a half in all, instead of
// eight after two minutes.
func givesUpSoon(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../eventing")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "broker.yaml")
	text, err := os.ReadFile(file) // the test's own folder
	if err != nil || !strings.Contains(string(text), "retry: 8\n") {
		t.Fatalf("the Broker's retries are not where they were: %v", err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "retry: 8\n", "retry: 2\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// becomesDue lets the time pass until a contract is looked at again, and waits until it was.
func (m mailing) becomesDue(ctx context.Context, t *testing.T, id string) {
	t.Helper()
	c, err := pgx.Connect(ctx, m.Run.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	looks := func() (n int) {
		if err := c.QueryRow(ctx, "SELECT backoff FROM contracts WHERE id = $1", id).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	before := looks()
	execute(t, m.Run.Database, "UPDATE contracts SET due_at = now() WHERE id = '"+id+"'")
	eventually(t, "it is looked at", func() bool { return looks() > before && m.Broker().Pending() == 0 })
}

// A signed copy without its audit trail is looked for again by itself. Nothing has failed, so nothing is shown at first; when
// it takes too long it is listed, with since when and how often it was looked for, until it is there.
func TestAnAuditTrailThatDoesNotComeIsShownAsOverdue(t *testing.T) {
	t.Parallel()
	m := openMailing(t, nil)
	misbehave(t, m.Stack, faults.Plan{ProofNever: true})
	ctx := within(t)
	fact := patient(reporter(m.Stack, 1))
	if err := fact.UpTo(ctx, scenario.Signed); err != nil {
		t.Fatal(err)
	}
	id := now(ctx, t, fact).ID
	m.awaits(t, "the contract is signed", id, func(s mailed) bool { return s.Status == "signed" })
	since := time.Now()
	for looks := 1; !m.stands(t, id).has("overdue"); looks++ { // the first after half a minute, each later one after twice as long
		if looks > 4 {
			t.Fatalf("after %d looks it is not overdue: %+v", looks-1, m.stands(t, id))
		}
		m.becomesDue(ctx, t, id)
	}
	c := m.attention(t)["overdue"]
	if c.Contracts != 1 || c.Since.After(since) || time.Until(c.NextTry) < time.Minute {
		t.Errorf("listed: %+v", c)
	}
	misbehave(t, m.Stack, faults.Plan{})
	if did := m.retried(t, "overdue", ""); did.Done != 1 || did.Left != 0 {
		t.Errorf("tried again: %+v", did)
	}
	m.awaits(t, "it is completed", id, func(s mailed) bool { return s.Status == "completed" && len(s.Troubles) == 0 })
	if left := m.attention(t); len(left) != 0 {
		t.Errorf("still listed: %+v", left)
	}
}
