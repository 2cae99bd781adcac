package httpapi

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/lifecycle"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// signerLimit is how many may sign one contract.
const signerLimit = 50

// checkDraft says what is wrong with a contract that is to be made.
func checkDraft(d persistclient.Draft) error {
	var f fieldErrors
	f.form("id", string(d.ID), contractForm)
	f.form("template", d.Template, templateForm)
	f.form("language", d.Language, languageForm)
	f.length("title", d.Title, 1, 300)
	f.check("deadline", !d.Deadline.IsZero(), "is missing")
	var data map[string]json.RawMessage
	f.check("data", json.Unmarshal(d.Data, &data) == nil && data != nil, "must be a JSON object")
	f.check("people", len(d.People) > 0 && len(d.People) <= signerLimit, fmt.Sprintf("must be 1 to %d", signerLimit))
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
	f.length(at+"first_name", p.FirstName, 1, 200)
	f.length(at+"last_name", p.LastName, 1, 200)
	f.email(at+"email", p.Email)
	f.form(at+"phone", p.Phone, phoneForm)
	f.form(at+"locale", p.Locale, languageForm)
}

// Bounds of what comes with an action, in characters.
const (
	causeLimit  = 100
	reasonLimit = 500
	aboutLimit  = 200
)

// checkAction says what is wrong with an action before the contract is looked at.
func checkAction(w persistclient.Action) error {
	var f fieldErrors
	correction := w.Kind == lifecycle.CorrectAddress
	if w.Attempt != nil {
		f.check("attempt.number", w.Attempt.Number > 0, "must be 1 or more")
		f.length("attempt.token", w.Attempt.Token, 1, 255)
	}
	f.length("about", w.About, 0, aboutLimit)
	f.length("cause", w.Cause, 0, causeLimit)
	if correction {
		f.form("signer", w.Signer, idForm)
		f.email("email", w.Email)
	}
	f.check("email", correction || w.Email == "" && w.Signer == "", "is only for correcting an address")
	f.check("reason", utf8.RuneCountInString(w.Reason) <= reasonLimit, "is longer than 500 characters")
	f.text("reason", w.Reason)
	return f.err()
}
