package frontend

import (
	"fmt"
	"testing"
	"time"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/conformance"
)

// TestTheFakeOrchestrateConforms holds the fake of these tests against what the real one is held against in
// tests/conformance.
func TestTheFakeOrchestrateConforms(t *testing.T) {
	t.Parallel()
	f := startFake(t)
	added := 0
	add := func(title string, change func(c *fakeContract)) *fakeContract {
		f.mu.Lock()
		defer f.mu.Unlock()
		added++
		c := f.seeded(fmt.Sprintf("added%d", added), "sent", title, f.now())
		c.Troubles = []map[string]any{}
		change(c)
		f.contracts = append(f.contracts, c)
		return c
	}
	troubled := func(about, cause string, remedies ...string) *fakeContract {
		return add("Troubled", func(c *fakeContract) {
			c.Attention = "Something does not go on."
			c.Troubles = []map[string]any{trouble(f.now(), about, cause, "", time.Minute, 1, remedies...)}
		})
	}
	conformance.TestOrchestrate(t, conformance.Orchestrate{
		Address: f.own, Password: fakePassword,
		Accounts: map[string]string{"manager": "claire@example.org", "administrator": "ada@example.org", "customer": "paul@example.org"},
		Body: func(change ...func(map[string]any)) string {
			return testkit.ContractBody(t, append(change, inThisYear)...)
		},
		Waiting: func(*testing.T) (id, signer, link string) {
			c := add("Waiting", func(*fakeContract) {})
			return c.ID, "s1", "link-" + c.ID + "-s1"
		},
		Troubled: func(*testing.T) (id, about, cause string) {
			return troubled("signature", "signature.unauthorized", "retry", "set_aside").ID, "signature", "signature.unauthorized"
		},
		Unsendable: func(*testing.T) (about, cause string) {
			troubled("mail/invitation/1/s1", "mail.unclear", "set_aside")
			return "mail/invitation/1/s1", "mail.unclear"
		},
		DeadLetter: func(*testing.T) string { return "d1" },
	})
}

// inThisYear moves the deadline that the tests of orchestrate have, whose clock stands still, to after today.
func inThisYear(m map[string]any) {
	if m["deadline"] == "2026-07-15" {
		m["deadline"] = time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	}
}
