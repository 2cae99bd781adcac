package sendmail

import (
	"strings"
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
)

// Everyone signed although the contract had ended: both sides are told how it had ended, and get what was signed.
func TestLateSignaturesAreMailedWithTheCopyAndTheEarlierEnd(t *testing.T) {
	t.Parallel()
	client, documents := storedFiles(t, []byte("%PDF copy"), []byte("%PDF proof"))
	cases := []struct {
		recipient, language string
		ended               contract.Status
		says                string
	}{
		{contract.ToOwner, "en", contract.Cancelled, "You had withdrawn this contract."},
		{contract.ToOwner, "en", contract.Expired, "The deadline of this contract had passed."},
		{contract.ToOwner, "en", contract.Declined, "A signer had declined this contract."},
		{"s1", "en", contract.Cancelled, "it had already ended: Camille Dubois had withdrawn it."},
		{"s1", "en", contract.Expired, "it had already ended: its deadline had passed."},
		{"s1", "en", contract.Declined, "it had already ended: a signer had declined."},
		{contract.ToOwner, "fr", contract.Cancelled, "Vous aviez retiré ce contrat."},
		{contract.ToOwner, "fr", contract.Expired, "Le délai de ce contrat était dépassé."},
		{contract.ToOwner, "fr", contract.Declined, "Un signataire avait refusé ce contrat."},
		{"s1", "fr", contract.Cancelled, "Camille Dubois l’avait retiré."},
		{"s1", "fr", contract.Expired, "le délai était dépassé."},
		{"s1", "fr", contract.Declined, "un signataire avait refusé."},
	}
	for _, c := range cases {
		t.Run(strings.Join([]string{c.recipient, c.language, string(c.ended)}, "."), func(t *testing.T) {
			t.Parallel()
			order := events.SendMail{Kind: contract.LateSignature, Sequence: 1, Recipient: c.recipient}
			claim := exampleClaim(order, c.ended, c.language)
			claim.View.SignedCopy, claim.View.Proof = documents[0], documents[1]
			w := exampleWriter(t)
			w.persist = client
			m, err := w.compose(t.Context(), order, claim)
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(strings.Fields(m.Text), " "); !strings.Contains(text, c.says) {
				t.Errorf("the notification does not say %q:\n%s", c.says, m.Text)
			}
			if len(m.Files) != 2 {
				t.Errorf("%d documents are attached", len(m.Files))
			}
		})
	}
}
