package persist

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// The forms of what is kept. migrations/ has the same ones as the last defence. Each is compiled at its first use: a
// cold start does not wait for it.
var (
	contractForm = form(`^[a-z2-7]{26}$`)
	idForm       = form(`^[A-Za-z0-9_-]{1,64}$`)
	templateForm = form(`^[a-z0-9-]{1,64}/[0-9]{1,4}$`)
	languageForm = form(`^[a-z]{2}$`)
	phoneForm    = form(`^\+[1-9][0-9]{1,14}$`)
	digestForm   = form(`^[0-9a-f]{64}$`)
)

func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// hashPrefix is how a password's hash must begin (PHC string form).
const hashPrefix = "$argon2id$"

// signerLimit is how many may sign one contract.
const signerLimit = 50

// faults collects what is wrong with a request, field by field.
type faults []function.FieldError

func (f *faults) add(field, reason string) {
	*f = append(*f, function.FieldError{Field: field, Reason: reason})
}

func (f *faults) check(field string, right bool, reason string) {
	if !right {
		f.add(field, reason)
	}
}

func (f *faults) form(field, value string, form func() *regexp.Regexp) {
	f.check(field, form().MatchString(value), "does not have the form "+form().String())
}

func (f *faults) email(field, address string) {
	if err := fields.ValidateEmail(address); err != nil {
		f.add(field, err.Error())
	}
}

func (f *faults) length(field, value string, least, most int) {
	n := utf8.RuneCountInString(value)
	f.check(field, n >= least && n <= most, fmt.Sprintf("must have %d to %d characters", least, most))
	f.text(field, value)
}

// text refuses what PostgreSQL cannot keep in a text.
func (f *faults) text(field, value string) {
	f.check(field, utf8.ValidString(value) && !strings.Contains(value, "\x00"), "holds a character that cannot be kept")
}

// err is the answer to a request with faults, or nil if there are none.
func (f *faults) err() error {
	if len(*f) == 0 {
		return nil
	}
	return unprocessable("Some fields are not right.", *f...)
}

func draftFaults(d persistclient.Draft) []function.FieldError {
	var f faults
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
	return f
}

func (f *faults) person(at string, p persistclient.Person) {
	f.form(at+"id", p.ID, idForm)
	f.length(at+"first_name", p.FirstName, 1, 200)
	f.length(at+"last_name", p.LastName, 1, 200)
	f.email(at+"email", p.Email)
	f.form(at+"phone", p.Phone, phoneForm)
	f.form(at+"locale", p.Locale, languageForm)
}

func userFaults(u persistclient.User) []function.FieldError {
	var f faults
	f.email("email", u.Email)
	f.length("name", u.Name, 1, 200)
	f.form("locale", u.Locale, languageForm)
	f.check("password_hash", strings.HasPrefix(u.PasswordHash, hashPrefix), "must be an argon2id hash in PHC form")
	f.role(u.Role)
	return f
}

func identityFaults(who persistclient.Identity) []function.FieldError {
	var f faults
	f.length("issuer", who.Issuer, 1, 500)
	f.length("subject", who.Subject, 1, 255)
	f.length("name", who.Name, 1, 200)
	f.form("locale", who.Locale, languageForm)
	if who.Email != "" {
		f.email("email", who.Email)
	}
	f.role(who.Role)
	return f
}

func (f *faults) role(r auth.Role) {
	switch r {
	case auth.Customer, auth.Manager, auth.Administrator:
	default:
		f.add("role", "is not one of customer, manager, administrator")
	}
}
