package fakepersist

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/function"
	"github.com/paraphe/paraphe/shared/persistclient"
)

var (
	contractForm = regexp.MustCompile(`^[a-z2-7]{26}$`)
	idForm       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	digestForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// fieldErrors collects what is wrong with a request.
type fieldErrors []function.FieldError

func (f *fieldErrors) check(field string, right bool) {
	if !right {
		*f = append(*f, function.FieldError{Field: field, Reason: "is not right"})
	}
}

func (f *fieldErrors) email(field, address string) {
	f.check(field, fields.ValidateEmail(address) == nil)
}

// end ends the answer if something is wrong.
func (f fieldErrors) end() {
	if len(f) > 0 {
		panic(unprocessable(f...))
	}
}

func checkDraft(d persistclient.Draft) {
	var f fieldErrors
	f.check("id", contractForm.MatchString(string(d.ID)))
	f.check("template", strings.Contains(d.Template, "/"))
	f.check("language", len(d.Language) == 2)
	f.check("title", d.Title != "")
	f.check("deadline", !d.Deadline.IsZero())
	var data map[string]json.RawMessage
	f.check("data", json.Unmarshal(d.Data, &data) == nil && data != nil)
	f.check("people", len(d.People) > 0)
	for i, p := range d.People {
		f.check(fmt.Sprintf("people[%d].id", i), idForm.MatchString(p.ID))
		f.check(fmt.Sprintf("people[%d].first_name", i), p.FirstName != "")
		f.check(fmt.Sprintf("people[%d].last_name", i), p.LastName != "")
		f.email(fmt.Sprintf("people[%d].email", i), p.Email)
		f.check(fmt.Sprintf("people[%d].phone", i), strings.HasPrefix(p.Phone, "+"))
		f.check(fmt.Sprintf("people[%d].locale", i), len(p.Locale) == 2)
	}
	f.end()
}

func isHash(text string) bool { return strings.HasPrefix(text, "$argon2id$") }

func isAccountRole(r auth.Role) bool {
	return r == auth.Customer || r == auth.Manager || r == auth.Administrator
}

func checkUser(u persistclient.User) {
	var f fieldErrors
	f.email("email", u.Email)
	f.check("name", u.Name != "")
	f.check("locale", len(u.Locale) == 2)
	f.check("password_hash", isHash(u.PasswordHash))
	f.check("role", isAccountRole(u.Role))
	f.end()
}

func checkIdentity(who persistclient.Identity) {
	var f fieldErrors
	f.check("issuer", who.Issuer != "")
	f.check("subject", who.Subject != "")
	f.check("name", who.Name != "")
	f.check("locale", len(who.Locale) == 2)
	if who.Email != "" {
		f.email("email", who.Email)
	}
	f.check("role", isAccountRole(who.Role))
	f.end()
}

func checkSource(source string) {
	var f fieldErrors
	f.check("source", source == "" || idForm.MatchString(source))
	f.end()
}

func checkSession(prefix string, s persistclient.Session, now time.Time) {
	var f fieldErrors
	f.check(prefix+"digest", digestForm.MatchString(s.Digest))
	f.check(prefix+"expires_at", s.ExpiresAt.After(now))
	if prefix == "" {
		f.check("family", s.Family != "")
		f.check("user", s.User != "")
	}
	f.end()
}
