package orchestrate

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a deadline is a day in Paris, and a bare container has no time zones
	"unicode"
	"unicode/utf8"

	"github.com/paraphe/paraphe/shared/fields"
	"github.com/paraphe/paraphe/shared/templates"
)

// What one field may hold. Where Yousign is stricter than the standards its rules are taken, so that nothing is
// refused only after it was sent (Yousign Public API v3, POST /signature_requests and …/signers).
const (
	titleLimit  = 128 // characters: signature_request.name
	nameLimit   = 100
	emailLimit  = 100 // info.email: a signer's
	reasonLimit = 500

	accountEmailLimit = 254 // RFC 5321: an account's goes to no signature service
)

// Each is compiled at its first use: a cold start does not wait for it.
var (
	nameForm  = form(`^[\p{Latin}0-9 '()\-]+$`) // info.first_name: no dots, no other scripts
	phoneForm = form(`^\+[1-9][0-9]{6,14}$`)    // ITU-T E.164
)

func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Each of these says why a value cannot be taken, or "".

// whyNoTitle keeps markup and line breaks out of what stands in subjects of mails and on pages. Both escape it, too.
func whyNoTitle(title string) string {
	switch {
	case title == "" || utf8.RuneCountInString(title) > titleLimit:
		return fmt.Sprintf("must have 1 to %d characters", titleLimit)
	case strings.ContainsAny(title, "<>") || strings.ContainsFunc(title, invisible):
		return "must be one line without < and >"
	}
	return whyUndrawable(title)
}

// whyNoName takes letters with all their accents, as the signature service does.
func whyNoName(name string) string {
	switch {
	case name == "" || utf8.RuneCountInString(name) > nameLimit:
		return fmt.Sprintf("must have 1 to %d characters", nameLimit)
	case !nameForm().MatchString(name):
		return "must be of Latin letters, digits, spaces, ' ( ) and -"
	}
	return whyUndrawable(name)
}

// whyUndrawable finds out before sending what drawing the document would fail on afterwards.
func whyUndrawable(text string) string {
	if r, bad := templates.Undrawable(text); bad {
		return fmt.Sprintf("has a character that the document cannot show: %U", r)
	}
	return ""
}

// email returns an address as it is kept. limit is how many characters there is room for where it goes.
func (f *faults) email(field, typed string, limit int) string {
	address, err := fields.NormalizeEmail(typed)
	switch {
	case err != nil:
		f.add(field, err.Error())
	case len(address) > limit:
		f.add(field, fmt.Sprintf("must have at most %d characters", limit))
	}
	return address
}

// whyNoPhone refuses China because no signature service sends codes there by SMS (Yousign: otp_sms).
func whyNoPhone(phone string) string {
	switch {
	case !phoneForm().MatchString(phone):
		return "must be an international number such as +33612345678"
	case strings.HasPrefix(phone, "+86"):
		return "must be a number that can get codes by SMS; those of China cannot"
	}
	return ""
}

// whyNoLocale knows the languages that letters are written in.
func whyNoLocale(locale string) string {
	if locale != "fr" && locale != "en" {
		return "must be fr or en"
	}
	return ""
}

// whyNoReason takes a person's own words, of several lines if they like.
func whyNoReason(reason string) string {
	unseen := func(r rune) bool { return r != '\n' && invisible(r) }
	if utf8.RuneCountInString(reason) > reasonLimit || strings.ContainsFunc(reason, unseen) {
		return fmt.Sprintf("must be text of at most %d characters", reasonLimit)
	}
	return ""
}

// invisible reports control characters, separators of lines and what makes text read otherwise than it is stored.
func invisible(r rune) bool { return !unicode.IsGraphic(r) }

// deadlineOn is the last moment of a day, which must come after today and within a year: Yousign waits no longer.
func deadlineOn(day string, now time.Time) (time.Time, string) {
	zone := deadlineZone()
	begin, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{}, "must be a day such as 2026-12-31"
	}
	y, m, d := now.In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if !begin.After(today) || begin.After(today.AddDate(1, 0, 0)) {
		return time.Time{}, "must be a day after today and within a year"
	}
	return begin.AddDate(0, 0, 1).Add(-time.Second).UTC(), ""
}

// dayOf is the day of a deadline, as clients write it.
func dayOf(deadline time.Time) string { return deadline.In(deadlineZone()).Format(time.DateOnly) }

// deadlineZone is the zone that days are counted in, for us and at the signature service.
var deadlineZone = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the zones are part of the program
	}
	return zone
})
