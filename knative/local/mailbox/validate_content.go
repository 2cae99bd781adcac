package mailbox

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

func (q request) subject() []fieldError {
	for i, p := range q.Personalizations {
		if p.Subject == "" && q.Subject == "" {
			return []fieldError{wrong("subject", "The subject is required. You can get around this requirement if you use a template "+
				"with a subject defined or if every personalization has a subject defined.")}
		}
		if breaks(p.Subject) {
			return []fieldError{wrong(fmt.Sprintf("personalizations.%d.subject", i), "The subject must not contain CRLF characters.")}
		}
	}
	if breaks(q.Subject) {
		return []fieldError{wrong("subject", "The subject must not contain CRLF characters.")}
	}
	return nil
}

func (q request) contents() []fieldError {
	if len(q.Content) == 0 {
		return []fieldError{wrong("content", "Unless a valid template_id is provided, the content parameter is required. "+
			"There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.")}
	}
	var errs []fieldError
	rank := -1
	for i, c := range q.Content {
		field := fmt.Sprintf("content.%d", i)
		if c.Type == "" {
			errs = append(errs, wrong(field+".type", "Your content type must be a string with length of at least one character."))
		}
		if strings.ContainsAny(c.Type, ";,") || breaks(c.Type) {
			errs = append(errs, wrong(field+".type", "Cannot contain ';', or CRLF characters."))
		}
		if c.Value == "" {
			errs = append(errs, wrong(field+".value", "The content value must be a string at least one character in length."))
		}
		if r := order(c.Type); r < rank {
			errs = append(errs, wrong("content", "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your "+
				"email: text/plain needs to be first, followed by text/html, followed by any other content."))
		} else {
			rank = r
		}
	}
	return errs
}

func order(contentType string) int {
	if i := slices.Index([]string{"text/plain", "text/html"}, contentType); i >= 0 {
		return i
	}
	return 2
}

func (q request) attached() []fieldError {
	var errs []fieldError
	for i, a := range q.Attachments {
		field := fmt.Sprintf("attachments.%d", i)
		if len(a.Content) == 0 {
			errs = append(errs, wrong(field+".content", "The attachment content must be a string at least one character in length."))
		}
		if a.Filename == "" {
			errs = append(errs, wrong(field+".filename", "filename is required."))
		}
		if strings.ContainsAny(a.Filename, ";,") || breaks(a.Filename) {
			errs = append(errs, wrong(field+".filename", "The filename of your attachment can't contain CRLF characters."))
		}
		if strings.ContainsAny(a.Type, ";,") || breaks(a.Type) {
			errs = append(errs, wrong(field+".type", "The type can't contain ';', or CRLF characters."))
		}
		if !slices.Contains([]string{"", "inline", "attachment"}, a.Disposition) {
			errs = append(errs, wrong(field+".disposition", "The disposition of your attachment can be either \"inline\" or \"attachment\". You provided [%s].", a.Disposition))
		}
	}
	return errs
}

// reserved are the headers that SendGrid writes itself.
var reserved = []string{"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
	"to", "from", "subject", "reply-to", "cc", "bcc"}

var headerName = regexp.MustCompile(`^[!-9;-~]+$`) // RFC 5322 §3.6.8: printable ASCII without the colon

func (q request) headers() []fieldError {
	var errs []fieldError
	for _, name := range slices.Sorted(maps.Keys(q.Headers)) {
		switch {
		case slices.Contains(reserved, strings.ToLower(name)):
			errs = append(errs, wrong("headers", "Header can not be one of the reserved keys."))
		case !headerName.MatchString(name):
			errs = append(errs, wrong("headers", "Header keys can't contain non-ASCII characters and empty spaces."))
		case breaks(q.Headers[name]):
			errs = append(errs, wrong("headers", "Header values must not contain CRLF characters."))
		}
	}
	return errs
}

func (q request) labels() []fieldError {
	if n := len(q.Categories); n > categoryLimit {
		return []fieldError{wrong("categories", "There is a limit of 10 categories for each email that is sent. You provided [%d] categories.", n)}
	}
	return nil
}
