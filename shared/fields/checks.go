package fields

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Each is compiled at its first use: a cold start does not wait for it.
var (
	namePattern  = pattern(`^[\p{Latin}0-9 '()\-]+$`) // info.first_name: no dots, no other scripts
	phonePattern = pattern(`^` + PhonePattern + `$`)
)

func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// Normalize is text as it is kept: composed (NFC), without space around it.
func Normalize(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }

// ValidateTitle keeps markup and line breaks out of what stands in subjects of mails and on pages. Both escape it, too.
func ValidateTitle(title string) error {
	switch {
	case !between(title, 1, TitleLimit):
		return Malformed(fmt.Sprintf("must have 1 to %d characters", TitleLimit))
	case !oneLine(title):
		return Malformed("must be one line without < and >")
	}
	return nil
}

// ValidatePersonName takes a signer's first or last name: letters with all their accents, as the signature service does.
func ValidatePersonName(name string) error {
	switch {
	case !between(name, 1, NameLimit):
		return Malformed(fmt.Sprintf("must have 1 to %d characters", NameLimit))
	case !namePattern().MatchString(name):
		return Malformed("must be of Latin letters, digits, spaces, ' ( ) and -")
	}
	return nil
}

// ValidateAccountName takes the name of an account, which no signature service is given.
func ValidateAccountName(name string) error {
	if !between(name, 1, NameLimit) || !oneLine(name) {
		return Malformed(fmt.Sprintf("must be one line of 1 to %d characters without < and >", NameLimit))
	}
	return nil
}

// ValidatePhone takes an international number. China is refused because no signature service sends codes there by SMS
// (Yousign: otp_sms).
func ValidatePhone(phone string) error {
	switch {
	case !phonePattern().MatchString(phone):
		return Malformed("must be an international number such as +33612345678")
	case strings.HasPrefix(phone, "+86"):
		return Malformed("must be a number that can get codes by SMS; those of China cannot")
	}
	return nil
}

// ValidateLocale knows the languages that e-mails are written in.
func ValidateLocale(locale string) error {
	if locale != "fr" && locale != "en" {
		return Malformed("must be fr or en")
	}
	return nil
}

// ValidateReason takes a person's own words, of several lines if they like, or none.
func ValidateReason(reason string) error {
	odd := func(r rune) bool { return r != '\n' && invisible(r) }
	if utf8.RuneCountInString(reason) > ReasonLimit || strings.ContainsFunc(reason, odd) {
		return Malformed(fmt.Sprintf("must be text of at most %d characters", ReasonLimit))
	}
	return nil
}

// ValidatePassword asks for length and for nothing else.
func ValidatePassword(password string) error {
	if utf8.RuneCountInString(password) < PasswordLeast || len(password) > SecretLimit {
		return Malformed(fmt.Sprintf("must have at least %d characters, and at most %d bytes", PasswordLeast, SecretLimit))
	}
	return nil
}

// ValidateLink takes the secret of a link in an e-mail.
func ValidateLink(link string) error {
	if link == "" || len(link) > SecretLimit {
		return Malformed("must be what stands behind the # in the link of an e-mail")
	}
	return nil
}

// ValidateCause takes the code of a cause, known here or not: another version may have written it.
func ValidateCause(cause string) error {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && r != '.' }
	if cause == "" || len(cause) > CauseLimit || strings.ContainsFunc(cause, odd) {
		return Malformed("must be a cause as it is listed, for example mail.address_refused")
	}
	return nil
}

func between(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most && utf8.ValidString(text)
}

func oneLine(text string) bool {
	return !strings.ContainsAny(text, "<>") && !strings.ContainsFunc(text, invisible)
}

// invisible reports control characters, separators of lines and what makes text read otherwise than it is stored.
func invisible(r rune) bool { return !unicode.IsGraphic(r) }
