package input

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/templates"
)

// What one field may hold. Where Yousign is stricter than the standards its rules are taken, so that nothing is
// refused only after it was sent (Yousign Public API v3, POST /signature_requests and …/signers).
const (
	titleLimit  = 128 // characters: signature_request.name
	nameLimit   = 100
	EmailLimit  = 100 // info.email: a signer's
	reasonLimit = 500

	accountEmailLimit = 254 // RFC 5321: an account's goes to no signature service
	AboutLimit        = 200 // bytes of the name of a trouble
)

// Each is compiled at its first use: a cold start does not wait for it.
var (
	namePattern  = pattern(`^[\p{Latin}0-9 '()\-]+$`) // info.first_name: no dots, no other scripts
	phonePattern = pattern(`^\+[1-9][0-9]{6,14}$`)    // ITU-T E.164
)

func pattern(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Each of these says why a value cannot be taken, or "".

// checkTitle keeps markup and line breaks out of what stands in subjects of mails and on pages. Both escape it, too.
func checkTitle(title string) string {
	switch {
	case title == "" || utf8.RuneCountInString(title) > titleLimit:
		return fmt.Sprintf("must have 1 to %d characters", titleLimit)
	case strings.ContainsAny(title, "<>") || strings.ContainsFunc(title, invisible):
		return "must be one line without < and >"
	}
	return checkDrawable(title)
}

// checkName takes letters with all their accents, as the signature service does.
func checkName(name string) string {
	switch {
	case name == "" || utf8.RuneCountInString(name) > nameLimit:
		return fmt.Sprintf("must have 1 to %d characters", nameLimit)
	case !namePattern().MatchString(name):
		return "must be of Latin letters, digits, spaces, ' ( ) and -"
	}
	return checkDrawable(name)
}

// checkDrawable finds out before sending what drawing the document would fail on afterwards.
func checkDrawable(text string) string {
	if r, bad := templates.Undrawable(text); bad {
		return fmt.Sprintf("has a character that the document cannot show: %U", r)
	}
	return ""
}

// checkPhone refuses China because no signature service sends codes there by SMS (Yousign: otp_sms).
func checkPhone(phone string) string {
	switch {
	case !phonePattern().MatchString(phone):
		return "must be an international number such as +33612345678"
	case strings.HasPrefix(phone, "+86"):
		return "must be a number that can get codes by SMS; those of China cannot"
	}
	return ""
}

// checkLocale knows the languages that letters are written in.
func checkLocale(locale string) string {
	if locale != "fr" && locale != "en" {
		return "must be fr or en"
	}
	return ""
}

// CheckReason takes a person's own words, of several lines if they like.
func CheckReason(reason string) string {
	unseen := func(r rune) bool { return r != '\n' && invisible(r) }
	if utf8.RuneCountInString(reason) > reasonLimit || strings.ContainsFunc(reason, unseen) {
		return fmt.Sprintf("must be text of at most %d characters", reasonLimit)
	}
	return ""
}

// invisible reports control characters, separators of lines and what makes text read otherwise than it is stored.
func invisible(r rune) bool { return !unicode.IsGraphic(r) }

// CheckCause takes codes that this program does not know: another version may have written them.
func CheckCause(cause string) (wrong FieldErrors) {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && r != '.' }
	if cause == "" || len(cause) > AboutLimit/2 || strings.ContainsFunc(cause, odd) {
		wrong.Add("cause", "must be a cause as it is listed, for example mail.address_refused")
	}
	return wrong
}
