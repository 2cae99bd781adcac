package lifecycle

import (
	"time"

	"github.com/paraphe/paraphe/shared/contract"
)

// CorrectAddress gives a signer another e-mail address. Their name and phone are at the signature service by then and
// stay; what is mailed, and who sees the contract by their account, is ours alone.
const CorrectAddress Action = "correct_address"

func whyNotCorrect(contract.Contract, time.Time) string { return "" }

// doCorrect writes anew to a signer whose address was wrong. What was refused or could not be delivered goes to the new
// address. What may have gone to the old one is not waited for any more; and where no other notification is to go out, the last
// that asked for their signature, or that brought the signed copy, goes out once more: nobody has it.
func doCorrect(c *contract.Contract, r Request, at time.Time) error {
	if c.Signer(r.Signer) == nil {
		return &Refusal{Why: "nobody of this id signs it"}
	}
	awaited := false
	for i := range c.Notifications {
		l := &c.Notifications[i]
		if l.Recipient != r.Signer || !l.SentAt.IsZero() {
			continue
		}
		if l.UnclearSince.IsZero() {
			*l = contract.Notification{Kind: l.Kind, Sequence: l.Sequence, Recipient: l.Recipient, Claim: l.Claim}
		} else {
			l.SetAsideAt = at
		}
		over(c, AboutNotification(*l))
		awaited = awaited || StillWanted(*c, *l)
	}
	if !awaited {
		addNotifications(c, onceMore(*c, r.Signer))
	}
	return nil
}

// onceMore is the notification that somebody has to have whom no notification reached: what they are asked for, or what they signed.
func onceMore(c contract.Contract, signer string) []contract.Notification {
	next := contract.Notification{Kind: contract.Invitation, Sequence: 1, Recipient: signer}
	wanted := c.Status == contract.Sent && !c.CancelWanted && MaySignNow(c, signer)
	if c.Status == contract.Signed {
		next.Kind, wanted = contract.SignedCopyNotification, copiesDecided(c)
	}
	last := c.Notification(next.Kind, signer)
	if !wanted || last == nil {
		return nil
	}
	next.Sequence = last.Sequence + 1
	return []contract.Notification{next}
}
