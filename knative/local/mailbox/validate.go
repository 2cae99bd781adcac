package mailbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
)

// Limits of https://www.twilio.com/docs/sendgrid/api-reference/mail-send and its page of errors.
const (
	personalizationLimit = 1000
	recipientLimit       = 1000
	customArgsLimit      = 10_000 // bytes, of keys and values together
	categoryLimit        = 10
)

// fieldError is one error as SendGrid answers it.
type fieldError struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

// helpPage is where SendGrid's errors send the reader.
const helpPage = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."

// wrong makes the error of one field. Its anchor on the help page is the field without the numbers.
func wrong(field, message string, args ...any) fieldError {
	parts := slices.DeleteFunc(strings.Split(field, "."), func(s string) bool { return s[0] >= '0' && s[0] <= '9' })
	help := helpPage + strings.Join(parts, ".")
	return fieldError{Message: fmt.Sprintf(message, args...), Field: &field, Help: &help}
}

// validate returns what SendGrid would not take, in the order of its page of errors.
func (q request) validate() []fieldError {
	return slices.Concat(q.personalizations(), q.sender(), q.subject(), q.contents(), q.attached(), q.headers(), q.labels())
}

func (q request) personalizations() []fieldError {
	n := len(q.Personalizations)
	if n == 0 {
		return []fieldError{wrong("personalizations", "You must have at least one personalization.")}
	}
	if n > personalizationLimit {
		return []fieldError{wrong("personalizations", "The personalization block is limited to 1000 personalizations per API request. "+
			"You have provided %d personalizations. Please consider splitting this into multiple requests and resending your request.", n)}
	}
	var errs []fieldError
	recipients := 0
	for i, p := range q.Personalizations {
		recipients += len(p.everybody())
		errs = append(errs, q.personalization(fmt.Sprintf("personalizations.%d", i), p)...)
	}
	if recipients > recipientLimit {
		errs = append(errs, wrong("personalizations", "There is a limit of 1000 total recipients (to + cc + bcc) per request."))
	}
	return errs
}

func (q request) personalization(field string, p personalization) []fieldError {
	var errs []fieldError
	if len(p.To) == 0 {
		errs = append(errs, wrong(field+".to", "The to parameter is required for all personalization objects."))
	}
	seen := map[string]bool{}
	for i, to := range p.everybody() {
		errs = append(errs, to.check(fmt.Sprintf("%s.to.%d", field, i))...)
		if key := strings.ToLower(to.Email); seen[key] {
			errs = append(errs, wrong(field, "Each unique email address in the personalizations array should only be included once. "+
				"You have included [%s] more than once.", to.Email))
		} else {
			seen[key] = true
		}
	}
	return append(errs, customArgs(field+".custom_args", merged(q.CustomArgs, p.CustomArgs))...)
}

func customArgs(field string, args map[string]string) []fieldError {
	size := 0
	for k, v := range args {
		size += len(k) + len(v)
	}
	if size > customArgsLimit {
		return []fieldError{wrong(field, "The combined size of both global and personalization custom arguments may not exceed %d bytes per personalization.", customArgsLimit)}
	}
	return nil
}

func (q request) sender() []fieldError {
	if q.From == nil {
		return []fieldError{wrong("from", "The from object must be provided for every email send. It is an object that requires "+
			"the email parameter, but may also contain a name parameter.")}
	}
	errs := q.From.check("from")
	if q.ReplyTo != nil {
		errs = append(errs, q.ReplyTo.check("reply_to")...)
	}
	return errs
}

// check wants a bare address and a name that cannot break out of a header.
func (p person) check(field string) []fieldError {
	parsed, err := mail.ParseAddress(p.Email)
	if err != nil || parsed.Address != p.Email || !strings.Contains(domain(p.Email), ".") {
		return []fieldError{wrong(field+".email", "Does not contain a valid address.")}
	}
	if breaks(p.Name) {
		return []fieldError{wrong(field+".name", "The name must not contain CRLF characters.")}
	}
	return nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// breaks reports whether s could end a header line, for any program on the way.
func breaks(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}
