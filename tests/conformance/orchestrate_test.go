package conformance_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/paraphe/paraphe/internal/testkit"
	"github.com/paraphe/paraphe/internal/testkit/conformance"
	"github.com/paraphe/paraphe/internal/testkit/orchestratetest"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// TestTheRealOrchestrateConforms has the fake of persist behind it, which conforms, and no signature service. What stands
// in for orchestrate is held against the same in functions/frontend.
func TestTheRealOrchestrateConforms(t *testing.T) {
	t.Parallel()
	o := orchestratetest.New(t)
	for id, role := range map[string]auth.Role{"admin": auth.Administrator, "paul": auth.Customer} {
		o.Users[id] = persistclient.User{ID: id, Email: id + "@paraphe.example", Name: "Paul", Role: role, Locale: "en", PasswordHash: testkit.PasswordHash()}
	}
	troubled := func(t *testing.T, about, cause string, ours bool) string {
		t.Helper()
		id, _ := o.Sent(t)
		o.Change(t, id, func(v *persistclient.View) {
			v.Troubles = []contract.Trouble{{About: about, Cause: cause, Ours: ours, Since: o.Clock(), Last: o.Clock(), Tries: 1}}
		})
		return string(id)
	}
	conformance.TestOrchestrate(t, conformance.Orchestrate{
		Address: o.Address, Password: testkit.Password,
		Accounts: map[string]string{"manager": "marie@paraphe.example", "administrator": "admin@paraphe.example", "customer": "paul@paraphe.example"},
		Body:     func(change ...func(map[string]any)) string { return testkit.ContractBody(t, change...) },
		Waiting: func(t *testing.T) (id, signer, link string) {
			t.Helper()
			sent, signer := o.Sent(t)
			secret := rand.Text()
			digest := sha256.Sum256([]byte(secret))
			o.Store.Mu.Lock()
			defer o.Store.Mu.Unlock()
			o.Links[hex.EncodeToString(digest[:])] = persistclient.Link{Contract: sent, Signer: signer}
			return string(sent), signer, secret
		},
		Troubled: func(t *testing.T) (id, about, cause string) {
			t.Helper()
			return troubled(t, lifecycle.AboutSignature, "signature.unauthorized", true), lifecycle.AboutSignature, "signature.unauthorized"
		},
		Unsendable: func(t *testing.T) (about, cause string) {
			t.Helper()
			troubled(t, "mail/invitation/1/x", lifecycle.CauseMailUnclear, false)
			return "mail/invitation/1/x", lifecycle.CauseMailUnclear
		},
		DeadLetter: func(t *testing.T) string {
			t.Helper()
			return o.AddDeadLetter(t).ID
		},
	})
}
