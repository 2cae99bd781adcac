package sendmail

import (
	netmail "net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/paraphe/paraphe/shared/function"
)

// Lengths of an address: RFC 5321 §4.5.3.1.1 and §4.5.3.1.3 (a path of 256 with its angle brackets), and of a part of
// a host's name: RFC 1123 §2.1.
const (
	localLimit   = 64
	addressLimit = 254
	labelLimit   = 63
)

const (
	alphabet      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	alphanumerics = alphabet + "0123456789"
	atomText      = alphanumerics + "!#$%&'*+/=?^_`{|}~-" // RFC 5322 §3.2.3
)

// sendable reports whether mail may be sent to this address as it stands: a dot-atom (RFC 5322 §3.2.3) at a host name
// of at least two labels. Quoted local parts, comments, groups, domain literals and non-ASCII are lawful, and doors
// for header injection: no.
func sendable(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && at <= localLimit && len(address) <= addressLimit && dotAtom(address[:at]) && hostName(address[at+1:])
}

func dotAtom(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.Trim(atom, atomText) != "" {
			return false
		}
	}
	return true
}

func hostName(name string) bool {
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > labelLimit || strings.Trim(label, alphanumerics+"-") != "" || strings.Trim(label, "-") != label {
			return false
		}
	}
	top := labels[len(labels)-1]
	return len(labels) > 1 && len(top) > 1 && strings.IndexByte(alphabet, top[0]) >= 0
}

// oneLine makes text from outside fit for a line of a letter or of its header: composed (NFC), without control
// characters, line and paragraph separators and invisible marks that reorder what is read, spaces collapsed, and
// cut after limit characters.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d': // joiners, which some scripts are written with
			return r
		case unicode.IsSpace(r), unicode.IsControl(r): // of spaces: all of category Z, so line and paragraph separators too
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > limit {
		s = strings.TrimSpace(string(runes[:limit-1])) + "…"
	}
	return s
}

// nameLimit is the longest display name, in characters.
const nameLimit = 100

// displayName makes a name fit to stand before an address: also without the characters that mean something there,
// which SendGrid wants quoted and which could pass for another address.
func displayName(s string) string {
	return oneLine(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>()[]\,;:@"`, r) {
			return ' '
		}
		return r
	}, s), nameLimit)
}

// Sender is a setting: who the letters come from, as "Name <address>" or the address alone.
type Sender struct{ Name, Address string }

// Decode implements envconfig.Decoder.
func (s *Sender) Decode(value string) error {
	parsed, err := netmail.ParseAddress(value)
	if err != nil || !sendable(parsed.Address) {
		return function.Malformed("it is not a sender such as Paraphe <contracts@example.org>")
	}
	*s = Sender{Name: displayName(parsed.Name), Address: parsed.Address}
	return nil
}

func (s Sender) domain() string { return s.Address[strings.LastIndexByte(s.Address, '@')+1:] }
