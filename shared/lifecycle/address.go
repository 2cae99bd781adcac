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
// address. What may have gone to the old one is not waited for any more; and where no other letter is to go out, the last
// that asked for their signature, or that brought the signed copy, goes out once more: nobody has it.
func doCorrect(c *contract.Contract, r Request, at time.Time) error {
	if c.Signer(r.Signer) == nil {
		return &Refusal{Why: "nobody of this id signs it"}
	}
	awaited := false
	for i := range c.Letters {
		l := &c.Letters[i]
		if l.Recipient != r.Signer || !l.SentAt.IsZero() {
			continue
		}
		if l.UnclearSince.IsZero() {
			*l = contract.Letter{Name: l.Name, Occasion: l.Occasion, Recipient: l.Recipient, Claim: l.Claim}
		} else {
			l.SetAsideAt = at
		}
		over(c, AboutLetter(*l))
		awaited = awaited || StillWanted(*c, *l)
	}
	if !awaited {
		addLetters(c, onceMore(*c, r.Signer))
	}
	return nil
}

// onceMore is the letter that somebody has to have whom no letter reached: what they are asked for, or what they signed.
func onceMore(c contract.Contract, signer string) []contract.Letter {
	next := contract.Letter{Name: contract.Invitation, Occasion: 1, Recipient: signer}
	wanted := c.Status == contract.Sent && !c.CancelWanted && MaySignNow(c, signer)
	if c.Status == contract.Signed {
		next.Name, wanted = contract.SignedCopyLetter, copiesDecided(c)
	}
	last := c.Letter(next.Name, signer)
	if !wanted || last == nil {
		return nil
	}
	next.Occasion = last.Occasion + 1
	return []contract.Letter{next}
}
