// Package fields checks what people type into a form or a setting: one rule for each kind of value, the same at every
// way in. It is pure.
package fields

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Lengths of an address: RFC 5321 §4.5.3.1.1 and §4.5.3.1.3 (a path of 256 with its angle brackets), and of one label of
// a host name: RFC 1123 §2.1.
const (
	localLimit   = 64
	addressLimit = 254
	labelLimit   = 63
)

const (
	letters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	lettersLD = letters + "0123456789"
	hostText  = lettersLD + "-"
	atomText  = lettersLD + "!#$%&'*+/=?^_`{|}~-" // RFC 5322 §3.2.3
)

// Malformed says why a value cannot be taken, as the rest of the sentence "this field …". It never holds the value.
type Malformed string

func (m Malformed) Error() string { return string(m) }

// ValidateEmail returns nil if mail can be sent to this address as it stands: a dot-atom (RFC 5322 §3.2.3) at a host
// name of at least two labels. Quoted local parts, comments, lists, groups and domain literals are lawful in RFC 5322
// and refused here: no mail service takes all of them, and each has carried a second recipient into a header somewhere.
// Whether the mailbox exists only a letter to it can tell.
func ValidateEmail(address string) error {
	local, domain, found := strings.Cut(address, "@")
	switch {
	case !found || local == "" || domain == "":
		return wrong("")
	case strings.ContainsAny(address, `"<>()[]\,;:`) || strings.Contains(domain, "@"):
		return wrong("one bare address, without a name, quotes, brackets, comments or a list")
	case strings.ContainsFunc(address, unseen):
		return wrong("it has a space or a character that cannot be seen")
	case len(address) > addressLimit:
		return wrong("it may have at most 254 characters")
	case len(local) > localLimit:
		return wrong("at most 64 characters may stand before the @")
	case !ascii(local):
		return wrong("only unaccented letters, digits and signs of ASCII may stand before the @")
	case !dotAtom(local):
		return wrong("a dot before the @ may not come first, last or twice")
	}
	return validateDomain(domain)
}

// NormalizeEmail is the address as it is kept, or why it cannot be taken: without space around it, and with a domain of
// other letters than ASCII in the form in which mail servers are asked for it (RFC 5891: bücher.example becomes
// xn--bcher-kva.example). Such a domain is taken because people have it on their cards and every mail server can be
// reached by its ASCII form. A local part beyond ASCII is refused: both mail services would need SMTPUTF8 (RFC 6531).
func NormalizeEmail(typed string) (string, error) {
	address := strings.TrimSpace(typed)
	local, domain, found := strings.Cut(address, "@")
	if found && (!ascii(domain) || strings.Contains(strings.ToLower(domain), "xn--")) && !strings.ContainsFunc(domain, unseen) {
		name, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", wrong("its domain is none that can be looked up")
		}
		address = local + "@" + name
	}
	if err := ValidateEmail(address); err != nil {
		return "", err
	}
	return address, nil
}

func wrong(why string) error {
	const form = "must be an address such as ana@example.org"
	if why == "" {
		return Malformed(form)
	}
	return Malformed(form + ": " + why)
}

func dotAtom(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.Trim(atom, atomText) != "" {
			return false
		}
	}
	return true
}

// validateDomain takes a host name (RFC 1123 §2.1) of two labels or more whose last one begins with a letter, so that
// no machine's number passes for a name.
func validateDomain(domain string) error {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		switch {
		case label == "":
			return wrong("a dot after the @ may not come first, last or twice")
		case len(label) > labelLimit:
			return wrong("a part of its domain may have at most 63 characters")
		case strings.Trim(label, hostText) != "" || strings.Trim(label, "-") != label:
			return wrong("its domain may have letters, digits and, within a part, hyphens")
		}
	}
	switch top := labels[len(labels)-1]; {
	case len(labels) == 1:
		return wrong("its domain has no dot")
	case len(top) < 2 || strings.IndexByte(letters, top[0]) < 0:
		return wrong("its domain does not end in a name such as org or example")
	}
	return nil
}

func ascii(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
