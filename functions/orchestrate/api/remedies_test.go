package api

import (
	"testing"

	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/lifecycle"
)

func TestARefusedAddressIsPutRightByCorrectingIt(t *testing.T) {
	t.Parallel()
	for status, want := range map[contract.Status]string{contract.Sent: "correct_address", contract.Signed: "correct_address", contract.Declined: "send_again"} {
		c := contract.Contract{Status: status, Notifications: []contract.Notification{
			{Kind: contract.Invitation, Sequence: 1, Recipient: "s", Refused: "no"}, {Kind: contract.SignedCopyNotification, Sequence: 1, Recipient: contract.ToOwner, Refused: "no"},
		}}
		if got := remediesOf(c, contract.Trouble{About: "mail/invitation/1/s", Cause: "mail.address_refused"}); got[0] != want {
			t.Errorf("in %s: %v", status, got)
		}
		if got := remediesOf(c, contract.Trouble{About: "mail/signed-copy/1/owner", Cause: "mail.address_refused"}); got[0] != string(lifecycle.SendAgain) {
			t.Errorf("the owner's own, in %s: %v", status, got)
		}
	}
}
