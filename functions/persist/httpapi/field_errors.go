package httpapi

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/paraphe/paraphe/functions/persist/problem"
	"github.com/paraphe/paraphe/functions/persist/store/accounts"
	"github.com/paraphe/paraphe/shared/auth"
	"github.com/paraphe/paraphe/shared/function"
)

// The forms of what is kept. migrations/ has the same ones as the last defence. Each is compiled at its first use: a
// cold start does not wait for it.
var (
	contractForm = form(`^[a-z2-7]{26}$`)
	idForm       = form(`^[A-Za-z0-9_-]{1,64}$`)
	templateForm = form(`^[a-z0-9-]{1,64}/[0-9]{1,4}$`)
	languageForm = form(`^[a-z]{2}$`)
	digestForm   = form(`^[0-9a-f]{64}$`)
)

func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// fieldErrors collects what is wrong with a request, field by field.
type fieldErrors []function.FieldError

func (f *fieldErrors) add(field, reason string) {
	*f = append(*f, function.FieldError{Field: field, Reason: reason})
}

func (f *fieldErrors) check(field string, right bool, reason string) {
	if !right {
		f.add(field, reason)
	}
}

func (f *fieldErrors) form(field, value string, form func() *regexp.Regexp) {
	f.check(field, form().MatchString(value), "does not have the form "+form().String())
}

// rule adds the field if err says why its value cannot be taken.
func (f *fieldErrors) rule(field string, err error) {
	if err != nil {
		f.add(field, err.Error())
	}
}

func (f *fieldErrors) length(field, value string, least, most int) {
	n := utf8.RuneCountInString(value)
	f.check(field, n >= least && n <= most, fmt.Sprintf("must have %d to %d characters", least, most))
	f.text(field, value)
}

// text refuses what PostgreSQL cannot keep in a text.
func (f *fieldErrors) text(field, value string) {
	f.check(field, utf8.ValidString(value) && !strings.Contains(value, "\x00"), "holds a character that cannot be kept")
}

// passwordHash requires a hash in the PHC form of argon2id.
func (f *fieldErrors) passwordHash(field, hash string) {
	f.check(field, strings.HasPrefix(hash, accounts.HashPrefix), "must be an argon2id hash in PHC form")
}

func (f *fieldErrors) role(r auth.Role) {
	switch r {
	case auth.Customer, auth.Manager, auth.Administrator:
	default:
		f.add("role", "is not one of customer, manager, administrator")
	}
}

// source takes a source of failures as orchestrate makes it, and none: an older one counted for itself.
func (f *fieldErrors) source(source string) {
	if source != "" {
		f.form("source", source, idForm)
	}
}

// err is the answer to a request with wrong fields, or nil if there are none.
func (f *fieldErrors) err() error {
	if len(*f) == 0 {
		return nil
	}
	return problem.Invalid("Some fields are not right.", *f...)
}
