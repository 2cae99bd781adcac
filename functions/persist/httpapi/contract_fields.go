package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// checkDraft says what is wrong with a contract that is to be made.
func checkDraft(d persistclient.Draft) error {
	var f fieldErrors
	f.form("id", string(d.ID), contractForm)
	f.form("template", d.Template, templateForm)
	f.form("language", d.Language, languageForm)
	f.rule("title", fields.ValidateTitle(d.Title))
	f.check("deadline", !d.Deadline.IsZero(), "is missing")
	var data map[string]json.RawMessage
	f.check("data", json.Unmarshal(d.Data, &data) == nil && data != nil, "must be a JSON object")
	f.check("people", len(d.People) > 0 && len(d.People) <= fields.SignersLimit, fmt.Sprintf("must be 1 to %d", fields.SignersLimit))
	seen := map[string]bool{}
	for i, p := range d.People {
		f.person(fmt.Sprintf("people[%d].", i), p)
		f.check(fmt.Sprintf("people[%d].id", i), !seen[p.ID], "is another signer's too")
		seen[p.ID] = true
	}
	return f.err()
}

func (f *fieldErrors) person(at string, p persistclient.Person) {
	f.form(at+"id", p.ID, idForm)
	f.rule(at+"first_name", fields.ValidatePersonName(p.FirstName))
	f.rule(at+"last_name", fields.ValidatePersonName(p.LastName))
	f.rule(at+"email", fields.ValidateEmail(p.Email))
	f.rule(at+"phone", fields.ValidatePhone(p.Phone))
	f.form(at+"locale", p.Locale, languageForm)
}

// checkAction says what is wrong with an action before the contract is looked at.
func checkAction(w persistclient.Action) error {
	var f fieldErrors
	correction := w.Kind == lifecycle.CorrectAddress
	if w.Attempt != nil {
		f.check("attempt.number", w.Attempt.Number > 0, "must be 1 or more")
		f.length("attempt.token", w.Attempt.Token, 1, 255)
	}
	f.length("about", w.About, 0, fields.AboutLimit)
	f.length("cause", w.Cause, 0, fields.CauseLimit)
	if correction {
		f.form("signer", w.Signer, idForm)
		f.rule("email", fields.ValidateEmail(w.Email))
	}
	f.check("email", correction || w.Email == "" && w.Signer == "", "is only for correcting an address")
	f.rule("reason", fields.ValidateReason(w.Reason))
	return f.err()
}
